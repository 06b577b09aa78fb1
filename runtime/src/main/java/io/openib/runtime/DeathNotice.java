package io.openib.runtime;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * The notice extension on the wire, between our client and our server only:
 * {@code cmd=openib_rank_died rank=N pid=P host=TEXT how=TEXT}, where a TEXT is UTF-8 in the URL alphabet of Base64
 * behind a hyphen, so that it is never empty.
 */
final class DeathNotice {

    static final String COMMAND = "openib_rank_died";

    private DeathNotice() {}

    static PmiLine toLine(PeerDeath death) {
        return PmiLine.of(COMMAND)
                .with("rank", death.rank())
                .with("pid", death.pid())
                .with("host", encoded(death.host()))
                .with("how", encoded(death.how()));
    }

    static PeerDeath fromLine(PmiLine line) throws PmiFormatException {
        try {
            return new PeerDeath(
                    line.number("rank").orElse(-1),
                    decoded(line.optional("host").orElse("-")),
                    Long.parseLong(line.optional("pid").orElse("0")),
                    decoded(line.optional("how").orElse("-")));
        } catch (IllegalArgumentException e) {
            throw new PmiFormatException("a malformed " + COMMAND + " line");
        }
    }

    private static String encoded(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        return "-" + Base64.getUrlEncoder().withoutPadding().encodeToString(utf8);
    }

    private static String decoded(String value) {
        if (!value.startsWith("-")) {
            throw new IllegalArgumentException(value);
        }
        byte[] utf8 = Base64.getUrlDecoder().decode(value.substring(1));
        return new String(utf8, StandardCharsets.UTF_8);
    }
}
