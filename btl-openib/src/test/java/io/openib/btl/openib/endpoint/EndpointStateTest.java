package io.openib.btl.openib.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.btl.openib.endpoint.EndpointState.Event;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class EndpointStateTest {
    @Test
    void shouldHaveTheMovesOfTheTableInTheDocumentation() throws Exception {
        Path page = Path.of(System.getProperty("openib.basedir", "..")).resolve("docs/btl-openib.md");
        List<String> lines = Files.readAllLines(page);
        for (EndpointState state : EndpointState.values()) {
            String row = "| " + state + " |";
            for (Event event : Event.values()) {
                row += " " + state.after(event).map(Enum::name).orElse("-") + " |";
            }
            assertThat(lines).contains(row);
        }
    }

    @Test
    void shouldStayWhereItIsWhenAnEventCannotHappen() {
        Endpoint<String> endpoint = new Endpoint<>(3);
        assertThat(endpoint.on(Event.UP)).isFalse();
        assertThat(endpoint.state()).isEqualTo(EndpointState.CLOSED);
        assertThat(endpoint.on(Event.CONNECT)).isTrue();
        assertThat(endpoint.on(Event.UP)).isTrue();
        assertThat(endpoint.on(Event.UP)).isFalse();
        assertThat(endpoint.state()).isEqualTo(EndpointState.CONNECTED);
    }
}
