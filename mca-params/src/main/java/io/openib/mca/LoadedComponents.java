package io.openib.mca;

import java.io.IOException;
import java.net.URLClassLoader;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What {@link ComponentLoader} found. Holds the jars of the components open until it is closed; safe for every thread.
 *
 * @param <S> the service that the components provide
 */
public final class LoadedComponents<S> implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LoadedComponents.class);

    private final List<S> components;
    private final List<ComponentFailure> failures;
    private final List<URLClassLoader> classLoaders;

    LoadedComponents(List<S> components, List<ComponentFailure> failures, List<URLClassLoader> classLoaders) {
        this.components = List.copyOf(components);
        this.failures = List.copyOf(failures);
        this.classLoaders = List.copyOf(classLoaders);
    }

    /** The components: first those of the class and module path, then those of the jars, by directory and file name. */
    public List<S> components() {
        return components;
    }

    /** What did not load, and why. None of it kept another component from loading. */
    public List<ComponentFailure> failures() {
        return failures;
    }

    /** Closes the components' jars; call it when no component is in use any more. Idempotent, throws nothing. */
    @Override
    public void close() {
        for (URLClassLoader classLoader : classLoaders) {
            try {
                classLoader.close();
            } catch (IOException e) {
                LOG.warn("Cannot close the jar of a component: {}", classLoader.getName(), e);
            }
        }
    }
}
