package io.openib.mca;

import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Spliterator;

/** Makes the providers on the class and module path that a service itself comes from. */
final class PathProviders {
    private static final String WHERE = "class path";
    /** More failures than this mean that the path itself is broken and the search makes no progress. */
    private static final int MAX_FAILURES = 100;

    private PathProviders() {}

    static <S> void search(Class<S> service, Findings<S> findings) {
        PathProviders.class.getModule().addUses(service);
        Spliterator<ServiceLoader.Provider<S>> providers =
                ServiceLoader.load(service, service.getClassLoader()).stream().spliterator();
        for (int failures = 0; failures < MAX_FAILURES; failures++) {
            try {
                providers.forEachRemaining(provider -> make(provider, findings));
                return;
            } catch (ServiceConfigurationError | LinkageError e) {
                // The next round goes on behind the provider whose class could not be found.
                findings.fail(WHERE, "a provider of " + service.getName() + ": " + ComponentFailure.why(e));
            }
        }
    }

    private static <S> void make(ServiceLoader.Provider<S> provider, Findings<S> findings) {
        try {
            findings.add(WHERE, provider.get());
        } catch (ServiceConfigurationError | LinkageError e) {
            findings.fail(WHERE, provider.type().getName() + " cannot be made: " + ComponentFailure.why(e));
        }
    }
}
