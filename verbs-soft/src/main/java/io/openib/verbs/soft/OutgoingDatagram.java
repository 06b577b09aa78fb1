package io.openib.verbs.soft;

import io.openib.verbs.WrOpcode;
import io.openib.verbs.soft.wire.Packet;
import io.openib.verbs.soft.wire.PacketSink;
import java.nio.ByteBuffer;

/** A copy of a datagram for the wire's thread, route header first. */
record OutgoingDatagram(int from, int to, int qkey, int flags, boolean hasImmediate, int immediate, ByteBuffer bytes) {

    static OutgoingDatagram of(SoftSendWr wr, int from, int qkey, ByteBuffer grh, Pieces message) {
        ByteBuffer bytes = ByteBuffer.allocate(UdQp.GRH_BYTES + message.totalBytes());
        bytes.put(0, grh, 0, UdQp.GRH_BYTES);
        message.copyTo(bytes, UdQp.GRH_BYTES);
        boolean hasImmediate = wr.opcode == WrOpcode.SEND_WITH_IMM;
        return new OutgoingDatagram(from, wr.remoteQpNumber, qkey, wr.flags, hasImmediate, wr.immediate, bytes);
    }

    void write(PacketSink sink) {
        Packet packet = sink.begin(bytes.capacity());
        packet.head(Packet.DATAGRAM, flags, to, from);
        packet.remote(0, qkey).immediate(immediate).number(hasImmediate ? 1 : 0);
        packet.memory().put(packet.payloadOffset(), bytes, 0, bytes.capacity());
        sink.end();
    }
}
