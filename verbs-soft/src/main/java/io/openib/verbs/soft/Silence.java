package io.openib.verbs.soft;

/** Why a peer on this host gives no answer; its code is told with RETRY_EXC_ERR, in the third byte of {@code vendor_err}. */
enum Silence {
    /** It would answer now, or nothing is known of it. */
    NONE(0),
    /** The port of this process is down. */
    OWN_PORT_DOWN(1),
    /** No arena of its id can be found. */
    NO_ARENA(2),
    /** Its process is dead. */
    DEAD(3),
    /** Its port is down. */
    PORT_DOWN(4),
    /** Its table of who has attached is full. */
    CROWDED(5),
    /** Its queue pair does not exist, or is in no state that receives. */
    NOT_RECEIVING(6),
    /** Its queue pair is connected to another one than this. */
    ANOTHER_PEER(7),
    /** Its queue pair expects another packet sequence number. */
    ANOTHER_PSN(8),
    /** Its queue pair has been reset since it answered, or this one has and that one has not. */
    ANOTHER_LIFE(9),
    /** The path MTUs differ, and the message is longer than the smaller one. */
    PATH_MTU(10),
    /** Its completion queue has overrun. */
    OVERRUN(11),
    /** Its process does not find the arena of this one, so that it would not see what is completed there. */
    UNSEEN(12);

    private static final int VENDOR = 0x50f7;

    private final int code;

    Silence(int code) {
        this.code = code;
    }

    /** By which {@code vendor_err} names it. */
    int code() {
        return code;
    }

    /** What {@code vendor_err} is of a status and a code of this; 0 for a success. */
    static int vendorError(int status, int code) {
        return status == 0 ? 0 : VENDOR << 16 | code << 8 | status;
    }
}
