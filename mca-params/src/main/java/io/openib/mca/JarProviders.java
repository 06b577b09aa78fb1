package io.openib.mca;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.LinkedHashSet;
import java.util.List;
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

    void search() {
        try {
            for (String name : providerNames()) {
                make(name);
            }
        } catch (IOException e) {
            findings.fail(where, entryOf(service) + " cannot be read (" + e + ")");
        }
    }

    private Set<String> providerNames() throws IOException {
        Set<String> names = new LinkedHashSet<>();
        Enumeration<URL> entries = classLoader.findResources(entryOf(service));
        while (entries.hasMoreElements()) {
            names.addAll(namesIn(entries.nextElement()));
        }
        return names;
    }

    private static List<String> namesIn(URL entry) throws IOException {
        List<String> names = new ArrayList<>();
        try (InputStream in = entry.openStream();
                BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
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
