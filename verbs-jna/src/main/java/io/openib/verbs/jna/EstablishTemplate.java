package io.openib.verbs.jna;

/** {@link Establish} by JNA, see {@link NativeBinding}. */
final class EstablishTemplate implements Establish {
    @Override
    public native int establish(long id);
}
