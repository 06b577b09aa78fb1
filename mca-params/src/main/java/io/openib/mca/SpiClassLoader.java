package io.openib.mca;

import java.util.Set;

/** The parent of a component's class loader: shows the JDK, slf4j and the packages of our SPI, and nothing else. */
final class SpiClassLoader extends ClassLoader {
    private static final String LOGGING = "org.slf4j.";

    static {
        registerAsParallelCapable();
    }

    private final ClassLoader ours;
    private final Set<String> packages;

    SpiClassLoader(ClassLoader ours, Set<String> packages) {
        super("openib-spi", getPlatformClassLoader());
        this.ours = ours;
        this.packages = packages;
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        int end = name.lastIndexOf('.');
        boolean isShown = name.startsWith(LOGGING) || (end > 0 && packages.contains(name.substring(0, end)));
        if (!isShown) {
            throw new ClassNotFoundException(name);
        }
        return ours.loadClass(name);
    }
}
