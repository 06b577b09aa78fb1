package io.openib.verbs.jna;

import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.spi.AbstractInterruptibleChannel;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntSupplier;

/** Waits until a file descriptor can be read, with a deadline, and can be woken or interrupted meanwhile. */
final class FdWait {
    private static final int POLLFD_BYTES = 8;
    private static final int POLLFD_EVENTS = 4;
    private static final int POLLFD_REVENTS = 6;
    private static final int NOBODY = -1;

    private final ReentrantLock waiting = new ReentrantLock();
    private final NativeMemory fds = NativeMemory.ofBytes(2 * POLLFD_BYTES);
    private final NativeMemory counter = NativeMemory.ofBytes(Long.BYTES);
    private final Waker waker;
    /** Guarded by the lock. */
    private boolean isClosed;

    /** Makes {@code fd} non-blocking; it stays its owner's. */
    FdWait(int fd) {
        this(fd, FdWait::eventfd);
    }

    private FdWait(int fd, IntSupplier eventfd) {
        int flags = Libc.fcntl(fd, Libc.F_GETFL, 0);
        Libc.fcntl(fd, Libc.F_SETFL, flags | Libc.O_NONBLOCK);
        waker = new Waker(eventfd);
        register(0, fd);
        register(1, waker.fd);
    }

    /** The same for what its owner gives back, by {@code undo}, when there is no descriptor left to be woken by. */
    static FdWait of(int fd, Runnable undo) {
        return of(fd, FdWait::eventfd, undo);
    }

    static FdWait of(int fd, IntSupplier eventfd, Runnable undo) {
        try {
            return new FdWait(fd, eventfd);
        } catch (RuntimeException | Error e) {
            undo.run();
            throw e;
        }
    }

    private static int eventfd() {
        return Libc.eventfd(0, Libc.EFD_NONBLOCK);
    }

    private void register(int slot, int fd) {
        fds.bytes().putInt(slot * POLLFD_BYTES, fd).putShort(slot * POLLFD_BYTES + POLLFD_EVENTS, Libc.POLLIN);
    }

    /** One attempt to read, made while it is certain that nobody closes the descriptor. */
    interface Reader<T> {
        /** Null when there was nothing after all. */
        @org.jspecify.annotations.Nullable
        T read();
    }

    /**
     * Reads as soon as there is something.
     *
     * @return null when the time is over, or it was woken, or is closed
     */
    <T> @org.jspecify.annotations.Nullable T read(Reader<T> reader, long timeoutMs) throws InterruptedException {
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(Math.max(0, timeoutMs));
        waiting.lockInterruptibly();
        try {
            while (!isClosed && isReadable(deadlineNs)) {
                T found = reader.read();
                if (found != null) {
                    return found;
                }
                forgetIfBroken();
            }
            return null;
        } finally {
            waiting.unlock();
        }
    }

    /** The descriptor of a device that is gone counts as readable for ever, and has nothing: it is waited for no more. */
    private void forgetIfBroken() {
        short states = fds.bytes().getShort(POLLFD_REVENTS);
        if ((states & (Libc.POLLERR | Libc.POLLHUP | Libc.POLLNVAL)) != 0) {
            register(0, NOBODY);
        }
    }

    /**
     * Runs what closes the descriptor while nobody waits. Who waits now returns first; who comes later does not wait, since the
     * descriptor's number may be another's. When it throws, nothing is closed.
     */
    void close(Runnable action) {
        while (!waiting.tryLock()) {
            waker.wake();
            Thread.onSpinWait();
        }
        try {
            if (!isClosed) {
                action.run();
                isClosed = true;
                waker.close();
            }
        } finally {
            waiting.unlock();
        }
    }

    void wakeup() {
        waker.wake();
    }

    private boolean isReadable(long deadlineNs) throws InterruptedException {
        ByteBuffer states = fds.bytes();
        while (true) {
            if (pollUntil(deadlineNs) < 0 && Libc.errno() == Libc.EINTR) {
                continue;
            }
            if (states.getShort(POLLFD_BYTES + POLLFD_REVENTS) != 0) {
                Libc.read(waker.fd, counter.address(), Long.BYTES);
                return false;
            }
            if (states.getShort(POLLFD_REVENTS) != 0) {
                return true;
            }
            if (deadlineNs - System.nanoTime() <= 0) {
                return false;
            }
        }
    }

    private int pollUntil(long deadlineNs) throws InterruptedException {
        long leftNs = deadlineNs - System.nanoTime();
        if (leftNs <= 0) {
            return Libc.poll(fds.address(), 2, 0);
        }
        long roundedUpMs = TimeUnit.NANOSECONDS.toMillis(leftNs + 999_999);
        return new Interruptible(waker).poll(fds, (int) Math.min(roundedUpMs, Integer.MAX_VALUE));
    }

    /** An eventfd; written to by any thread. */
    private static final class Waker {
        private final NativeMemory one = NativeMemory.ofBytes(Long.BYTES);
        private final int fd;
        private boolean isClosed;

        Waker(IntSupplier eventfd) {
            one.bytes().putLong(0, 1);
            fd = eventfd.getAsInt();
            if (fd < 0) {
                throw Failures.of("eventfd", "this process", Libc.errno());
            }
        }

        synchronized void wake() {
            if (!isClosed) {
                Libc.write(fd, one.address(), Long.BYTES);
            }
        }

        synchronized void close() {
            if (!isClosed) {
                isClosed = true;
                Libc.close(fd);
            }
        }
    }

    /** The JDK's hook by which {@code Thread.interrupt} reaches a thread that waits in native code. */
    private static final class Interruptible extends AbstractInterruptibleChannel {
        private final Waker waker;

        Interruptible(Waker waker) {
            this.waker = waker;
        }

        int poll(NativeMemory fds, int timeoutMs) throws InterruptedException {
            try {
                begin();
                try {
                    return Libc.poll(fds.address(), 2, timeoutMs);
                } finally {
                    end(true);
                }
            } catch (ClosedByInterruptException e) {
                Thread.interrupted();
                InterruptedException interrupted = new InterruptedException("interrupted while waiting for the device");
                interrupted.initCause(e);
                throw interrupted;
            } catch (java.nio.channels.AsynchronousCloseException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        protected void implCloseChannel() {
            waker.wake();
        }
    }
}
