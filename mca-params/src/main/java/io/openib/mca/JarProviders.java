package io.openib.mca;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.lang.reflect.InvocationTargetException;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.Set;

/** Makes the providers that one component jar names in its {@code META-INF/services}. */
final class JarProviders<S> {
    private final Class<S> service;
    private final URLClassLoader classLoader;
    private final Findings<S> findings;
    private final String where;

    JarProviders(Class<S> service, URLClassLoader classLoader, Findings<S> findings) {
        this.service = service;
        this.classLoader = classLoader;
        this.findings = findings;
        this.where = String.valueOf(classLoader.getName());
    }

    static String entryOf(Class<?> service) {
        return "META-INF/services/" + service.getName();
    }

    /**
     * Makes those that the entry names.
     *
     * @param entry of the jar itself, read and closed here: by way of a URL it would stay open, and be taken again for a jar that
     *     has replaced this one
     */
    void search(InputStream entry) {
        try {
            for (String name : namesIn(entry)) {
                make(name);
            }
        } catch (IOException | SecurityException e) { // of a signed jar that was tampered with
            findings.fail(where, entryOf(service) + " cannot be read (" + e + ")");
        }
    }

    private static Set<String> namesIn(InputStream entry) throws IOException {
        Set<String> names = new LinkedHashSet<>();
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(entry, StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                int comment = line.indexOf('#');
                String name = (comment < 0 ? line : line.substring(0, comment)).strip();
                if (!name.isEmpty()) {
                    names.add(name);
                }
            }
        }
        return names;
    }

    private void make(String name) {
        try {
            Class<?> type = Class.forName(name, false, classLoader);
            if (type.getClassLoader() != classLoader) {
                findings.fail(where, name + " is not a class of this jar, so it does not count");
                return;
            }
            findings.add(where, type.asSubclass(service).getConstructor().newInstance());
        } catch (InvocationTargetException e) {
            fail(name, e.getCause() == null ? e : e.getCause());
        } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
            fail(name, e);
        }
    }

    private void fail(String name, Throwable error) {
        findings.fail(
                where,
                name + " cannot be made: " + ComponentFailure.why(error)
                        + "; a component sees the JDK, slf4j and the service packages, and brings the rest itself");
    }
}
