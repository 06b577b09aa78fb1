package io.openib.verbs;

/** {@code enum ibv_port_state}, in its order. Only an {@link #ACTIVE} port carries traffic. */
public enum PortState {
    NOP,
    DOWN,
    INIT,
    ARMED,
    ACTIVE,
    ACTIVE_DEFER
}
