package io.openib.verbs.jna;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The exported symbols behind the methods of an interface: {@code queryPort} with prefix {@code ibv_} is {@code ibv_query_port}. */
final class Symbols {
    private final Map<String, Long> addresses = new LinkedHashMap<>();
    private final List<String> missing;

    private Symbols(SharedLibrary library, String prefix, Class<?> calls) {
        Method[] methods = calls.getDeclaredMethods();
        Arrays.sort(methods, Comparator.comparing(Method::getName));
        for (Method method : methods) {
            addresses.put(method.getName(), library.symbol(nameOf(prefix, method.getName())));
        }
        missing = addresses.entrySet().stream()
                .filter(entry -> entry.getValue() == 0)
                .map(entry -> nameOf(prefix, entry.getKey()))
                .toList();
    }

    static Symbols of(SharedLibrary library, String prefix, Class<?> calls) {
        return new Symbols(library, prefix, calls);
    }

    /** By method name; zero for those that are missing. */
    Map<String, Long> addresses() {
        return addresses;
    }

    /** The C names that the library does not export. */
    List<String> missing() {
        return missing;
    }

    static String nameOf(String prefix, String method) {
        return prefix + method.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    }
}
