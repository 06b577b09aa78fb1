package io.openib.verbs;

import java.util.List;

/**
 * A source of devices, found by {@link java.util.ServiceLoader}. Making an instance loads no native library and opens
 * nothing; the first call of {@link #availability()} may.
 *
 * <p>A provider with parameters of its own also implements {@code io.openib.mca.Configurable}: whoever found the provider
 * declares and resolves them, and hands them over before the first call that looks for devices or opens one. One with a connection manager is a {@code CmProvider}.
 */
public interface VerbsProvider {
    /** The version of this SPI that a provider compiled against it returns from {@link #spiVersion()}. */
    int SPI_VERSION = 1;

    /** Lower-case name, for example {@code soft}. */
    String name();

    /** {@link #SPI_VERSION} as it was when the provider was compiled. */
    int spiVersion();

    /**
     * Ranks providers that reach the same peer: the higher wins. Hardware is {@value #HARDWARE}, software
     * {@value #SOFTWARE}.
     */
    int exclusivity();

    /** An exclusivity for providers of hardware. */
    int HARDWARE = 1024;

    /** An exclusivity for providers that need no hardware. */
    int SOFTWARE = 64;

    /** Whether this provider can run here and, if not, why. Never throws. */
    Availability availability();

    /**
     * The names of the devices here, in a stable order; empty when {@linkplain #availability() unusable}. Opens none.
     *
     * @throws VerbsException when the list cannot be read
     */
    List<String> deviceNames();

    /**
     * Opens a device: {@code ibv_open_device}. Each call gives a context of its own.
     *
     * @param deviceName one of {@link #deviceNames()}
     * @throws VerbsException ENODEV for an unknown name; else what the device refused with, and why
     */
    Device open(String deviceName);

    /**
     * Whether a process may, before it needs a device, connect queue pairs of its own to each other and throw them away,
     * so that the first connection to a peer finds classes loaded and code that has run. Not where that costs more than it
     * saves, or where every operation counts.
     */
    default boolean isRehearsable() {
        return false;
    }

    /**
     * Tells the secret of the job that the process has joined, before the first device is opened. A provider whose devices
     * reach other hosts by a way of their own admits nobody there who does not know it, and never shows it.
     *
     * @param secret the provider's own copy; a job without one is told of by nothing
     * @param isJobLocal whether all of the job runs on this host, so that nobody elsewhere has to reach its devices
     */
    default void useJobSecret(byte[] secret, boolean isJobLocal) {}

    /**
     * Everything that could stop this provider's devices here, looked at one by one, in an order in which the first failure
     * explains the later ones. Closes what it opens; never throws. For people who ask why: slower than {@link #availability()}.
     */
    default List<Finding> diagnose() {
        Availability availability = availability();
        String check = "provider " + name();
        return List.of(
                availability.isUsable()
                        ? Finding.ok(check, availability.reason())
                        : Finding.failed(check, availability.reason(), "see the reason"));
    }

    /**
     * Whether what this process has taken of the host for its devices leaves room for more processes that take as much; asked while
     * a transport is open as a rank of a job has it. Empty where nothing that others need was taken. Closes nothing; never throws.
     */
    default List<Finding> diagnoseUse() {
        return List.of();
    }
}
