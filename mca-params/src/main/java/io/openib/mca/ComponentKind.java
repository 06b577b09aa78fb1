package io.openib.mca;

import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToIntFunction;

/**
 * What every component of a service must be able to say of itself before it can be used: a name, the version of the interface that
 * it was compiled against, its parameters. {@link ComponentLoader#load(ComponentKind)} asks for all that, since others wrote it:
 * a component that answers wrongly, or throws, or has the name of one that was found before it, is left out as a {@link ComponentFailure} and hinders no other.
 *
 * @param service what it provides
 * @param what it is in a word or two, for people, such as {@code wireup}
 * @param spiVersion the version that can be used
 * @param nameOf its name
 * @param spiVersionOf the version that it was compiled against
 * @param trial what else it is asked for, before its parameters and so before it knows their values; what that throws speaks against it
 */
public record ComponentKind<S>(
        Class<S> service,
        String what,
        int spiVersion,
        Function<? super S, String> nameOf,
        ToIntFunction<? super S> spiVersionOf,
        Consumer<? super S> trial) {

    /** The same kind, whose components must stand this trial too, after those that they have to stand already. */
    public ComponentKind<S> after(Consumer<? super S> more) {
        Consumer<S> both = component -> {
            trial.accept(component);
            more.accept(component);
        };
        return new ComponentKind<>(service, what, spiVersion, nameOf, spiVersionOf, both);
    }
}
