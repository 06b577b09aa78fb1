package io.openib.verbs.testkit;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.PrintStream;
import java.io.Serializable;
import java.lang.reflect.InvocationTargetException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The main class of a peer process: executes the calls of {@link Side} that arrive on its standard input and answers on its
 * standard output, one after the other, until its input ends. Its argument is the class of the {@link DeviceUnderTest}.
 */
public final class RemoteSide {
    private RemoteSide() {}

    /** A call of {@link Side}. */
    static final class Call implements Serializable {
        private static final long serialVersionUID = 1L;

        private final String method;
        private final Class<?>[] types;

        @SuppressWarnings("serial") // what is called takes only serializable things
        private final @Nullable Object[] arguments;

        Call(String method, Class<?>[] types, @Nullable Object[] arguments) {
            this.method = method;
            this.types = types;
            this.arguments = arguments;
        }

        Answer on(Side side) {
            try {
                return new Answer(Side.class.getMethod(method, types).invoke(side, arguments), null);
            } catch (InvocationTargetException e) {
                return new Answer(null, Objects.requireNonNullElse(e.getCause(), e));
            } catch (ReflectiveOperationException e) {
                return new Answer(null, e);
            }
        }
    }

    /** What it gave: a value, or what it threw. */
    static final class Answer implements Serializable {
        private static final long serialVersionUID = 1L;

        private final @Nullable Serializable value;
        private final @Nullable Throwable failure;

        Answer(@Nullable Object value, @Nullable Throwable failure) {
            this.value = (Serializable) value;
            this.failure = failure;
        }

        @Nullable
        Object get() throws Throwable {
            if (failure != null) {
                throw failure;
            }
            return value;
        }
    }

    /** Serves until the input ends. */
    public static void main(String[] args) throws Exception {
        PrintStream out = System.out;
        System.setOut(System.err);
        DeviceUnderTest underTest = Class.forName(args[0])
                .asSubclass(DeviceUnderTest.class)
                .getDeclaredConstructor()
                .newInstance();
        try (LocalSide side = new LocalSide(underTest);
                ObjectOutputStream answers = new ObjectOutputStream(new BufferedOutputStream(out))) {
            answers.flush();
            serve(side, answers);
        }
    }

    private static void serve(Side side, ObjectOutputStream answers) throws IOException, ClassNotFoundException {
        try (ObjectInputStream calls = new ObjectInputStream(new BufferedInputStream(System.in))) {
            while (true) {
                Call call = (Call) calls.readObject();
                answers.writeObject(call.on(side));
                answers.reset();
                answers.flush();
            }
        } catch (EOFException e) {
            return; // the other side has closed: the regular end
        }
    }
}
