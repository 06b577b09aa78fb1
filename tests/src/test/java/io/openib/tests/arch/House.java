package io.openib.tests.arch;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A copy of the project's poms that a test may spoil, and Maven's word on it. */
final class House {
    private static final int SECONDS_TO_VALIDATE = 100;

    private final Path folder;

    private House(Path folder) {
        this.folder = folder;
    }

    static House copied(Path folder) throws IOException {
        House house = new House(folder);
        Files.copy(ClassPaths.base().resolve("pom.xml"), folder.resolve("pom.xml"));
        for (String artifact : artifacts()) {
            Files.createDirectories(folder.resolve(artifact));
            Files.copy(Poms.pom(artifact), house.pom(artifact));
        }
        return house;
    }

    void addDependency(String artifact, String groupId, String added) throws IOException {
        String dependency = "<dependencies><dependency><groupId>%s</groupId><artifactId>%s</artifactId></dependency>";
        String pom = Files.readString(pom(artifact));
        Files.writeString(pom(artifact), pom.replaceFirst("<dependencies>", dependency.formatted(groupId, added)));
    }

    /** What Maven prints when it looks at these modules, without asking any repository. */
    String validated(String... artifacts) throws IOException, InterruptedException {
        Path said = folder.resolve("said");
        List<String> command = new ArrayList<>(List.of("mvn", "-B", "-o", "-fae", "-am", "validate"));
        command.addAll(List.of("-pl", String.join(",", artifacts)));
        String repository = System.getProperty("localRepository");
        if (repository != null) {
            command.add("-Dmaven.repo.local=" + repository);
        }
        Process maven = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        try {
            if (!maven.waitFor(SECONDS_TO_VALIDATE, TimeUnit.SECONDS)) {
                throw new IllegalStateException("mvn validate has not ended: " + Files.readString(said));
            }
        } finally {
            maven.destroyForcibly();
        }
        return Files.readString(said, StandardCharsets.UTF_8);
    }

    private static List<String> artifacts() {
        List<String> artifacts = new ArrayList<>(List.of("tests", Arrows.FOREIGN_CALLS.artifact()));
        Arrows.MODULES.forEach(module -> artifacts.add(module.artifact()));
        return artifacts;
    }

    private Path pom(String artifact) {
        return folder.resolve(artifact).resolve("pom.xml");
    }
}
