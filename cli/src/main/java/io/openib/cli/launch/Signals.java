package io.openib.cli.launch;

import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Signals to and from this process. The JDK's own class for it, {@code sun.misc.Signal}, is no API and is reached by
 * reflection; where it is missing, the virtual machine ends this process as it always does.
 */
final class Signals {
    /** Those a user ends a job with, which are passed on to the ranks. */
    static final List<String> FORWARDED = List.of("HUP", "INT", "TERM");

    private Signals() {}

    /** Has the consumer told of each forwarded signal instead of ending this process. */
    static void handle(Consumer<JobEvent.Signalled> consumer) {
        try {
            Class<?> signalClass = Class.forName("sun.misc.Signal");
            Class<?> handlerClass = Class.forName("sun.misc.SignalHandler");
            InvocationHandler invocation = (proxy, method, arguments) -> switch (method.getName()) {
                case "handle" -> {
                    int number = (int) signalClass.getMethod("getNumber").invoke(arguments[0]);
                    String name = (String) signalClass.getMethod("getName").invoke(arguments[0]);
                    consumer.accept(new JobEvent.Signalled(name, number));
                    yield null;
                }
                case "hashCode" -> System.identityHashCode(proxy);
                case "equals" -> proxy == arguments[0];
                default -> "openib-launcher-signals";
            };
            Object handler =
                    Proxy.newProxyInstance(handlerClass.getClassLoader(), new Class<?>[] {handlerClass}, invocation);
            for (String name : FORWARDED) {
                Object signal = signalClass.getConstructor(String.class).newInstance(name);
                signalClass.getMethod("handle", signalClass, handlerClass).invoke(null, signal, handler);
            }
        } catch (ReflectiveOperationException | IllegalArgumentException e) {
            // Nothing is lost but the forwarding: a terminal sends its signals to every process of the job by itself.
        }
    }

    /** Sends a signal to processes; where there is no {@code kill} command, asks them to end as Java can. */
    static void send(String name, Collection<RankProcess> targets) {
        List<RankProcess> living = targets.stream().filter(RankProcess::isAlive).toList();
        if (living.isEmpty()) {
            return;
        }
        Optional<Path> kill = Executables.find("kill");
        if (kill.isEmpty() || !run(command(kill.get(), name, living))) {
            living.forEach(target -> target.process().destroy());
        }
    }

    private static List<String> command(Path kill, String name, List<RankProcess> targets) {
        List<String> command = new ArrayList<>(List.of(kill.toString(), "-" + name));
        targets.forEach(target -> command.add(Long.toString(target.pid())));
        return command;
    }

    private static boolean run(List<String> command) {
        try {
            new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
            return true;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
