package io.openib.mca;

/**
 * A component whose own interface knows nothing of parameters, such as a provider of devices, but which has some. Whoever
 * found it declares them, resolves all, and hands the values over before the component's first other call.
 */
public interface Configurable extends ParameterDeclarations {
    /** Takes the values of this component's {@link #parameters()}; called once. */
    void configure(McaParameters values);
}
