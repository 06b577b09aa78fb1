package io.openib.runtime;

import com.sun.jna.Callback;
import com.sun.jna.CallbackThreadInitializer;
import com.sun.jna.Function;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The installed libpmix, through JNA. Its structures are laid out in {@link PmixMemory}, alike from release 3 to 6, but events are told
 * as from release 4 on; an earlier one is refused. The library is loaded once in a process and stays, since it has a thread of its own.
 */
final class PmixLibrary implements PmixCalls {

    static final String DEFAULT_NAME = "libpmix.so.2";

    private static final Pattern RELEASE = Pattern.compile("(\\d+)\\.(\\d+)");
    private static final int OLDEST_RELEASE = 4;
    /** To everybody in the job, on this node and others. */
    private static final byte SCOPE_GLOBAL = 3;

    private static final AtomicBoolean HAS_JOINED = new AtomicBoolean();
    /** Never to be collected: whatever becomes of who asked for it, the library calls it as long as this process lives. */
    private static volatile @Nullable Notification notification;

    private static final Registration REGISTRATION = (status, number, data) -> {};

    private final Memory self = PmixMemory.process();
    /** The library crashes where it is left before it was joined; and another's place is not ours to leave. */
    private final AtomicBoolean isJoined = new AtomicBoolean();

    private PmixLibrary() {}

    /**
     * Loads the library.
     *
     * @param name a file, or what the loader finds
     * @throws OpenibRuntimeException if it cannot be loaded, or is too old
     */
    static PmixLibrary load(String name) {
        try {
            Native.register(PmixLibrary.class, NativeLibrary.getInstance(name));
        } catch (LinkageError e) {
            throw refused("libpmix cannot be loaded from " + name + " (" + firstLine(e) + ")");
        }
        PmixLibrary library = new PmixLibrary();
        String version = library.version();
        Matcher release = RELEASE.matcher(version);
        if (!release.find() || Integer.parseInt(release.group(1)) < OLDEST_RELEASE) {
            throw refused(name + " is " + version + ", but release " + OLDEST_RELEASE + " or later is needed");
        }
        return library;
    }

    private static String firstLine(Throwable e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }

    private static OpenibRuntimeException refused(String what) {
        return new OpenibRuntimeException(
                RuntimeFailure.UNSUPPORTED_LAUNCHER,
                "this process was started by a PMIx launcher (mpirun, prterun or srun --mpi=pmix), but " + what
                        + ": install it (Debian: libpmix2), name the launcher's own in runtime_pmix_library, or use"
                        + " ./openib run or mpiexec.hydra");
    }

    @Override
    public String version() {
        String version = PMIx_Get_version();
        int end = version.indexOf(" (");
        return end < 0 ? version.strip().replaceFirst(",$", "") : version.substring(0, end);
    }

    @Override
    public Member init(EventHandler handler) throws PmixException {
        if (!HAS_JOINED.compareAndSet(false, true)) {
            throw new OpenibRuntimeException(RuntimeFailure.REFUSED, Arguments.JOINED_ONCE);
        }
        int status = PMIx_Init(self, null, 0);
        if (status != PmixException.SUCCESS) {
            HAS_JOINED.set(false);
            throw failed("PMIx_Init", status);
        }
        isJoined.set(true);
        listen(handler);
        return new Member(PmixMemory.namespace(self), PmixMemory.rank(self));
    }

    /** Without these events a job is a job still, so that nobody waits for the registration or asks what became of it. */
    private static void listen(EventHandler handler) {
        Notification listening = (number, status, source, info, infoCount, results, resultCount, answer, answerData) ->
                onEvent(status, answer, answerData, handler);
        CallbackThreadInitializer thread =
                new CallbackThreadInitializer(true, false, PmixConversation.EVENT_THREAD_NAME);
        Native.setCallbackThreadInitializer(listening, thread);
        Native.setCallbackThreadInitializer(REGISTRATION, thread);
        notification = listening;
        PMIx_Register_event_handler(null, 0, null, 0, listening, REGISTRATION, null);
    }

    @Override
    public int jobNumber(String key) throws PmixException {
        Pointer value = ask(PmixMemory.ANY_RANK, key, PmixMemory.flag("pmix.optional"));
        if (value == null) {
            throw failed("PMIx_Get of " + key, PmixException.NOT_FOUND);
        }
        return PmixMemory.takeNumber(value);
    }

    @Override
    public Optional<String> jobText(String key) throws PmixException {
        Pointer value = ask(PmixMemory.ANY_RANK, key, PmixMemory.flag("pmix.optional"));
        return value == null ? Optional.empty() : PmixMemory.takeText(value);
    }

    @Override
    public void put(String key, byte[] value) throws PmixException {
        try (Memory bytes = PmixMemory.copyOf(value)) {
            check("PMIx_Put", PMIx_Put(SCOPE_GLOBAL, key, PmixMemory.value(bytes, value.length)));
        }
    }

    @Override
    public void fence() throws PmixException {
        check("PMIx_Commit", PMIx_Commit());
        check("PMIx_Fence", PMIx_Fence(null, 0, PmixMemory.flag("pmix.collect"), 1));
    }

    /** Since a fence collects, the server has all there is: who has put nothing is not waited for. */
    @Override
    public Optional<byte[]> get(int rank, String key) throws PmixException {
        Pointer value = ask(rank, key, PmixMemory.flag("pmix.immediate"));
        return value == null ? Optional.empty() : Optional.of(PmixMemory.takeBytes(value));
    }

    /** Null if there is no such value. */
    private @Nullable Pointer ask(int rank, String key, Memory directive) throws PmixException {
        PointerByReference value = new PointerByReference();
        int status = PMIx_Get(PmixMemory.process(self, rank), key, directive, 1, value);
        if (status == PmixException.NOT_FOUND) {
            return null;
        }
        check("PMIx_Get of " + key, status);
        return value.getValue();
    }

    @Override
    public void abort(int status, String message) throws PmixException {
        check("PMIx_Abort", PMIx_Abort(status, message, null, 0));
    }

    @Override
    public void leave() throws PmixException {
        if (isJoined.compareAndSet(true, false)) {
            check("PMIx_Finalize", PMIx_Finalize(null, 0));
        }
    }

    private static void check(String call, int status) throws PmixException {
        if (status != PmixException.SUCCESS) {
            throw failed(call, status);
        }
    }

    private static PmixException failed(String call, int status) {
        return new PmixException(call, status, PMIx_Error_string(status));
    }

    private static void onEvent(
            int status, @Nullable Pointer answer, @Nullable Pointer answerData, EventHandler handler) {
        if (status == PmixException.LOST_CONNECTION) {
            handler.onLost();
        }
        if (answer != null) {
            Function.getFunction(answer)
                    .invokeVoid(new Object[] {PmixException.SUCCESS, null, 0L, null, null, answerData});
        }
    }

    /** What the library calls on a thread of its own; it wants to be answered, and goes on to other handlers then. */
    @FunctionalInterface
    interface Notification extends Callback {
        /** JNA finds it by reflection. */
        void invoke(
                long number,
                int status,
                @Nullable Pointer source,
                @Nullable Pointer info,
                long infoCount,
                @Nullable Pointer results,
                long resultCount,
                @Nullable Pointer answer,
                @Nullable Pointer answerData);
    }

    /** What the library calls when it has registered that. */
    @FunctionalInterface
    interface Registration extends Callback {
        /** JNA finds it by reflection. */
        void invoke(int status, long number, @Nullable Pointer data);
    }

    private static native String PMIx_Get_version();

    private static native String PMIx_Error_string(int status);

    private static native int PMIx_Init(Pointer process, @Nullable Pointer info, long count);

    private static native void PMIx_Register_event_handler(
            @Nullable Pointer codes,
            long codeCount,
            @Nullable Pointer info,
            long infoCount,
            Notification handler,
            Registration done,
            @Nullable Pointer doneData);

    private static native int PMIx_Put(byte scope, String key, Pointer value);

    private static native int PMIx_Commit();

    private static native int PMIx_Fence(@Nullable Pointer processes, long count, Pointer info, long infoCount);

    private static native int PMIx_Get(
            Pointer process, String key, Pointer info, long infoCount, PointerByReference value);

    private static native int PMIx_Abort(int status, String message, @Nullable Pointer processes, long count);

    private static native int PMIx_Finalize(@Nullable Pointer info, long count);
}
