package io.openib.verbs;

/** The errno values that verbs calls use: positive in {@link VerbsException}, negated as the result of a hot call. */
public final class Errno {
    public static final int EPERM = 1;
    public static final int ENOENT = 2;
    public static final int EIO = 5;
    public static final int EAGAIN = 11;
    public static final int ENOMEM = 12;
    public static final int EACCES = 13;
    public static final int EFAULT = 14;
    public static final int EBUSY = 16;
    public static final int EEXIST = 17;
    public static final int ENODEV = 19;
    public static final int EINVAL = 22;
    public static final int ENOSPC = 28;
    public static final int EMSGSIZE = 90;
    public static final int EOPNOTSUPP = 95;
    public static final int EADDRINUSE = 98;
    public static final int EADDRNOTAVAIL = 99;
    public static final int ENETUNREACH = 101;
    public static final int ECONNRESET = 104;
    public static final int EISCONN = 106;
    public static final int ENOTCONN = 107;
    public static final int ETIMEDOUT = 110;
    public static final int ECONNREFUSED = 111;
    public static final int EHOSTUNREACH = 113;
    public static final int ESTALE = 116;

    private static final String[] NAMES = names();

    private Errno() {}

    /**
     * The symbolic name of an errno.
     *
     * @param errno positive or negated
     * @return for example {@code EINVAL}; {@code errno 77} for a value that has no name here
     */
    public static String name(int errno) {
        int value = Math.abs(errno);
        return value < NAMES.length && !NAMES[value].isEmpty() ? NAMES[value] : "errno " + value;
    }

    private static String[] names() {
        String[] names = new String[ESTALE + 1];
        java.util.Arrays.fill(names, "");
        for (java.lang.reflect.Field field : Errno.class.getFields()) {
            try {
                names[field.getInt(null)] = field.getName();
            } catch (IllegalAccessException e) {
                throw new ExceptionInInitializerError(e);
            }
        }
        return names;
    }
}
