package io.openib.verbs.jna;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.SymbolProvider;
import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Binds the native methods of a template class to given addresses, as JNA's direct mapping.
 *
 * <p>{@code Native.register} binds a class, and registering it again redirects all its earlier users. So each distinct
 * set of addresses gets a hidden class of its own, made of the template's bytes, and keeps it: it costs one class, and
 * the sets are few (one for each provider library and kind of device).
 */
final class NativeBinding {
    private static final ConcurrentMap<Key, Bound> BOUND = new ConcurrentHashMap<>();

    private NativeBinding() {}

    /**
     * An instance whose native methods call these addresses.
     *
     * @param type the interface that the template implements
     * @param template a class with a constructor without arguments and native methods of primitives only
     * @param addresses by method name, all of them
     */
    static <T> T bind(Class<T> type, Class<? extends T> template, Map<String, Long> addresses) {
        return type.cast(
                BOUND.computeIfAbsent(new Key(template, Map.copyOf(addresses)), NativeBinding::define).instance);
    }

    private static Bound define(Key key) {
        try {
            MethodHandles.Lookup hidden = MethodHandles.lookup().defineHiddenClass(bytesOf(key.template), true);
            NativeLibrary library = libraryOf(key.addresses);
            Native.register(hidden.lookupClass(), library);
            Object instance = hidden.findConstructor(hidden.lookupClass(), MethodType.methodType(void.class))
                    .invoke();
            return new Bound(instance, library);
        } catch (Error | RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("cannot bind " + key.template, e);
        }
    }

    private static byte[] bytesOf(Class<?> template) throws IOException {
        String name = template.getSimpleName() + ".class";
        try (InputStream in = template.getResourceAsStream(name)) {
            if (in == null) {
                throw new IOException(name + " is missing");
            }
            return in.readAllBytes();
        }
    }

    private static NativeLibrary libraryOf(Map<String, Long> addresses) {
        Map<String, Object> options = new HashMap<>();
        options.put(Library.OPTION_SYMBOL_PROVIDER, new Addresses(addresses));
        return NativeLibrary.getProcess(options);
    }

    /** The library is kept reachable: when it is collected, JNA may take its functions for gone. */
    private record Bound(Object instance, NativeLibrary library) {}

    private record Key(Class<?> template, Map<String, Long> addresses) {}

    /** JNA caches libraries by the text of their options, so the text must tell two sets apart, as a record's does. */
    private record Addresses(Map<String, Long> addresses) implements SymbolProvider {
        @Override
        public long getSymbolAddress(long handle, String name, SymbolProvider parent) {
            Long address = addresses.get(name);
            return address == null ? 0 : address;
        }
    }
}
