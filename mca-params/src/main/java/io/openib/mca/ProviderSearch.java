package io.openib.mca;

import java.util.ArrayList;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Spliterator;
import org.jspecify.annotations.Nullable;

/** Collects the providers of one service from several class loaders, and the reasons of those that fail. */
final class ProviderSearch<S> {
    private static final String OWN_PATH = "class path";

    private final Class<S> service;
    private final List<S> components = new ArrayList<>();
    private final List<ComponentFailure> failures = new ArrayList<>();

    ProviderSearch(Class<S> service) {
        this.service = service;
        ProviderSearch.class.getModule().addUses(service);
    }

    List<S> components() {
        return components;
    }

    List<ComponentFailure> failures() {
        return failures;
    }

    void fail(String where, String reason) {
        failures.add(new ComponentFailure(where, reason));
    }

    /** Searches the class and module path that the service itself comes from. */
    void onOwnPath() {
        search(service.getClassLoader(), null, OWN_PATH);
    }

    /** Searches one class loader and takes only classes that it defines itself. */
    void in(ClassLoader classLoader, String where) {
        search(classLoader, classLoader, where);
    }

    private void search(ClassLoader classLoader, @Nullable ClassLoader definer, String where) {
        Spliterator<ServiceLoader.Provider<S>> providers =
                ServiceLoader.load(service, classLoader).stream().spliterator();
        String lastReason = "";
        boolean hasMore = true;
        while (hasMore) {
            try {
                hasMore = providers.tryAdvance(provider -> take(provider, definer, where));
            } catch (ServiceConfigurationError | LinkageError e) {
                String reason = reason(e);
                // The search goes on behind the provider that failed; one that fails the same again makes no progress.
                hasMore = !reason.equals(lastReason);
                lastReason = reason;
                if (hasMore) {
                    fail(where, reason);
                }
            }
        }
    }

    private void take(ServiceLoader.Provider<S> provider, @Nullable ClassLoader definer, String where) {
        Class<? extends S> type = provider.type();
        if (definer != null && type.getClassLoader() != definer) {
            fail(where, type.getName() + " is not a class of this jar, so it does not count");
            return;
        }
        try {
            components.add(provider.get());
        } catch (ServiceConfigurationError | LinkageError e) {
            fail(where, type.getName() + " cannot be made: " + reason(e));
        }
    }

    private static String reason(Throwable error) {
        StringBuilder reason = new StringBuilder(describe(error));
        for (Throwable cause = error.getCause(); cause != null; cause = cause.getCause()) {
            reason.append(", because ").append(describe(cause));
        }
        return reason.toString();
    }

    private static String describe(Throwable error) {
        return error instanceof ServiceConfigurationError && error.getMessage() != null
                ? error.getMessage()
                : error.toString();
    }
}
