package io.openib.btl.openib.wire;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code btl_openib_receive_queues}: {@code queue (":" queue)*}, a queue being
 * {@code P,size,rd_num[,rd_low[,rd_win[,rd_rsv]]]} or {@code S,size,rd_num[,rd_low[,sd_max[,rd_init[,srq_limit]]]]}. An
 * empty field means its default, and a default of 0 means 1. What Open MPI left unchecked is checked here: numbers are
 * numbers, and sizes grow.
 */
public final class ReceiveQueuesParser {
    private static final int DEFAULT_RD_NUM = 256;
    private static final int PER_PEER_FIELDS = 6;
    private static final int SHARED_FIELDS = 7;
    private static final int MIN_FIELDS = 3;

    private final List<String> warnings = new ArrayList<>();

    /** The specification is wrong. */
    public static final class SpecException extends Exception {
        private static final long serialVersionUID = 1L;

        SpecException(String why) {
            super(why);
        }
    }

    /** What is wrong with a specification, as the end of a sentence that begins with it; null if nothing is. */
    public static @Nullable String problem(String spec) {
        try {
            new ReceiveQueuesParser().parse(spec);
            return null;
        } catch (SpecException e) {
            return "is no list of receive queues: " + e.getMessage();
        }
    }

    /** What is allowed but hardly meant; complete after {@link #parse}. */
    public List<String> warnings() {
        return List.copyOf(warnings);
    }

    /**
     * Reads a specification.
     *
     * @throws SpecException with Open MPI's name of the problem first, then the queue and what to write instead
     */
    public ReceiveQueues parse(String spec) throws SpecException {
        if (spec.isBlank()) {
            throw new SpecException("no qps in receive_queues: name at least one queue, such as P,128,256");
        }
        List<ReceiveQueue> queues = new ArrayList<>();
        for (String text : spec.split(":", -1)) {
            queues.add(queue(text.strip()));
        }
        checkTogether(queues, spec);
        return new ReceiveQueues(queues);
    }

    private static void checkTogether(List<ReceiveQueue> queues, String spec) throws SpecException {
        if (queues.size() > WorkRequestId.MAX_QUEUES) {
            throw new SpecException("too many receive queues: " + queues.size() + ", at most "
                    + WorkRequestId.MAX_QUEUES + " are possible");
        }
        for (int i = 1; i < queues.size(); i++) {
            if (queues.get(i).sizeBytes() <= queues.get(i - 1).sizeBytes()) {
                throw new SpecException("sizes must increase: \"" + spec.split(":", -1)[i] + "\" follows a queue of "
                        + queues.get(i - 1).sizeBytes() + " bytes; order the queues by size");
            }
        }
    }

    private ReceiveQueue queue(String text) throws SpecException {
        if (text.startsWith("P,")) {
            return perPeer(text);
        }
        if (text.startsWith("S,")) {
            return shared(text);
        }
        if (text.startsWith("X,")) {
            throw new SpecException("No XRC support: \"" + text
                    + "\" asks for an XRC queue, which this transport does not have; use S");
        }
        throw new SpecException("invalid qp type in receive_queues: \"" + text
                + "\" begins with neither \"P,\" (per peer) nor \"S,\" (shared)");
    }

    private ReceiveQueue perPeer(String text) throws SpecException {
        Fields fields = new Fields("invalid pp qp specification", text, PER_PEER_FIELDS);
        int size = fields.next(0);
        int rdNum = fields.next(DEFAULT_RD_NUM);
        int rdLow = fields.next(rdNum - rdNum / 4);
        checkLow(text, rdNum, rdLow);
        int rdWin = fields.next(Math.multiplyExact(rdNum - rdLow, 2));
        fields.requirePositive("rd_win", rdWin);
        int rdRsv = fields.next((int) (2L * rdNum / rdWin));
        fields.requirePositive("rd_rsv", rdRsv);
        if (rdWin < rdNum - rdLow) {
            warnings.add("non optimal rd_win: in \"" + text + "\" rd_win " + rdWin + " is less than rd_num - rd_low = "
                    + (rdNum - rdLow) + ", so more credit messages are sent than needed");
        }
        return ReceiveQueue.perPeer(size, rdNum, rdLow, rdWin, rdRsv);
    }

    private static ReceiveQueue shared(String text) throws SpecException {
        Fields fields = new Fields("invalid srq specification", text, SHARED_FIELDS);
        int size = fields.next(0);
        int rdNum = fields.next(DEFAULT_RD_NUM);
        int rdLow = fields.next(rdNum - rdNum / 4);
        checkLow(text, rdNum, rdLow);
        int sdMax = fields.next(rdLow / 4);
        int rdInit = fields.next(rdNum / 4);
        int srqLimit = fields.next((rdInit - rdInit / 4) / 4);
        fields.requirePositive("sd_max", sdMax);
        fields.requirePositive("rd_init", rdInit);
        if (rdNum < rdInit) {
            throw new SpecException(
                    "rd_num must be >= rd_init: in \"" + text + "\" rd_num is " + rdNum + " and rd_init " + rdInit);
        }
        if (rdNum < srqLimit) {
            throw new SpecException("srq_limit must be > rd_num: in \"" + text + "\" srq_limit " + srqLimit
                    + " is above rd_num " + rdNum);
        }
        return ReceiveQueue.shared(size, rdNum, rdLow, sdMax, rdInit, srqLimit);
    }

    private static void checkLow(String text, int rdNum, int rdLow) throws SpecException {
        if (rdNum <= rdLow) {
            throw new SpecException(
                    "rd_num must be > rd_low: in \"" + text + "\" rd_num is " + rdNum + " and rd_low " + rdLow);
        }
    }

    /** The numbers of one queue, from left to right. */
    private static final class Fields {
        private static final int MAX = 1 << 24;

        private final String topic;
        private final String text;
        private final String[] fields;
        private int next = 1;

        Fields(String topic, String text, int maxFields) throws SpecException {
            this.topic = topic;
            this.text = text;
            this.fields = text.split(",", -1);
            if (fields.length < MIN_FIELDS || fields.length > maxFields) {
                throw wrong("has " + fields.length + " fields with the type, not " + MIN_FIELDS + " to " + maxFields);
            }
        }

        int next(int defaultValue) throws SpecException {
            int at = next++;
            if (at >= fields.length || fields[at].isBlank()) {
                return Math.max(1, defaultValue);
            }
            String field = fields[at].strip();
            if (!field.matches("[0-9]{1,9}") || Integer.parseInt(field) > MAX) {
                throw wrong("has \"" + field + "\", which is no number from 0 to " + MAX);
            }
            int value = Integer.parseInt(field);
            if (at <= 2 && value == 0) {
                throw wrong((at == 1 ? "size" : "rd_num") + " is 0");
            }
            return value;
        }

        void requirePositive(String name, int value) throws SpecException {
            if (value <= 0) {
                throw wrong(name + " is 0");
            }
        }

        private SpecException wrong(String why) {
            return new SpecException(topic + ": \"" + text + "\" " + why);
        }
    }
}
