package io.openib.verbs.soft;

import io.openib.mca.Level;
import io.openib.mca.Parameter;
import java.util.List;

/** Parameters of the fault injector. A rate is a probability per operation, 0 to 1. */
final class FaultParameters {
    static final Parameter<Long> SEED = Parameter.longInteger("soft_fault_seed")
            .defaultValue(1L)
            .level(Level.DEV_DETAIL)
            .help("Seed of the fault injector's chance")
            .build();
    static final Parameter<Double> LOSE =
            rate("soft_fault_lose", "How often a packet is lost: RC sends it again, a datagram or CM message vanishes");
    static final Parameter<Double> DELAY = rate("soft_fault_delay", "How often an operation or CM message is delayed");
    static final Parameter<Integer> DELAY_US = Parameter.integer("soft_fault_delay_us")
            .range(1, 10_000_000)
            .unit("us")
            .defaultValue(1000)
            .level(Level.DEV_DETAIL)
            .help("The longest injected delay")
            .build();
    static final Parameter<Double> DUPLICATE = rate(
            "soft_fault_duplicate", "How often a packet arrives twice: RC drops the second, a datagram comes twice");
    static final Parameter<Double> REORDER =
            rate("soft_fault_reorder", "How often an operation is held back so that other queue pairs overtake it");
    static final Parameter<Double> RNR = rate("soft_fault_rnr", "How often a receiver says that it is not ready");
    static final Parameter<Double> BREAK_QP = rate("soft_fault_break_qp", "How often a queue pair breaks");
    static final Parameter<Double> CM_REJECT =
            rate("soft_fault_cm_reject", "How often a connection request is rejected before a program sees it");
    static final Parameter<Integer> PORT_DOWN_AFTER = after("soft_fault_port_down_after", "the port goes down");
    static final Parameter<Integer> PORT_UP_AFTER = after("soft_fault_port_up_after", "the port comes up again");
    static final Parameter<Integer> FATAL_AFTER = after("soft_fault_fatal_after", "the device fails for good");
    static final Parameter<String> POINT = Parameter.string("soft_fault_point")
            .check(FaultPoint::problemOf)
            .defaultValue("")
            .level(Level.DEV_DETAIL)
            .help("NAME or NAME:N: the process stops for ever at the N-th passage of that step of a post")
            .build();

    private FaultParameters() {}

    static List<Parameter<?>> all() {
        return List.of(
                SEED,
                LOSE,
                DELAY,
                DELAY_US,
                DUPLICATE,
                REORDER,
                RNR,
                BREAK_QP,
                CM_REJECT,
                PORT_DOWN_AFTER,
                PORT_UP_AFTER,
                FATAL_AFTER,
                POINT);
    }

    private static Parameter<Double> rate(String name, String help) {
        return Parameter.decimal(name)
                .range(0.0, 1.0)
                .defaultValue(0.0)
                .level(Level.DEV_DETAIL)
                .help(help)
                .build();
    }

    private static Parameter<Integer> after(String name, String what) {
        return Parameter.integer(name)
                .range(0, Integer.MAX_VALUE)
                .defaultValue(0)
                .level(Level.DEV_DETAIL)
                .help("After so many operations " + what + "; 0 for never")
                .build();
    }
}
