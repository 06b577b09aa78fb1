package io.openib.verbs.soft;

/** What the software device counts in a process. */
public enum SoftCounter {
    DEFERRED("sends that the device thread carried on"),
    RNR("answers that no receive was posted"),
    RETRIES("attempts that got no answer"),
    DROPPED_DATAGRAMS("datagrams that nobody took"),
    DROPPED_DUPLICATES("packets of connections that came again and were dropped"),
    DOORBELLS("wake-ups sent to peers"),
    WIRE_STRANGERS("connections of the wire that were refused"),
    FAULT_LOST("packets lost by the injector"),
    FAULT_DELAYED("operations or messages delayed by the injector"),
    FAULT_DUPLICATED("packets duplicated by the injector"),
    FAULT_REORDERED("operations held back by the injector"),
    FAULT_RNR("receivers made not ready by the injector"),
    FAULT_BROKEN_QP("queue pairs broken by the injector"),
    FAULT_CM_REJECTED("connection requests rejected by the injector"),
    FAULT_PORT("port changes made by the injector"),
    FAULT_FATAL("device failures made by the injector");

    private final String label;

    SoftCounter(String label) {
        this.label = label;
    }

    /** For people. */
    public String label() {
        return label;
    }
}
