package io.openib.tests.arch;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.stream.Collectors;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/** Reads what the modules' poms say of their dependencies. */
final class Poms {
    private Poms() {}

    /** Artifacts of the project that a module's main code is compiled against by a dependency of its own. */
    static Set<String> arrows(String artifact) {
        return dependencies(artifact, "io.openib");
    }

    /** Artifacts of the project that the enforcer lets a module's main code depend on. */
    static Set<String> enforcedArrows(String artifact) {
        return Arrays.stream(text(parse(pom(artifact)), "arrows").split(","))
                .map(String::strip)
                .filter(arrow -> arrow.startsWith("io.openib:"))
                .map(arrow -> arrow.substring("io.openib:".length()))
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    static Path pom(String artifact) {
        return ClassPaths.base().resolve(artifact).resolve("pom.xml");
    }

    private static Set<String> dependencies(String artifact, String groupId) {
        Set<String> found = new LinkedHashSet<>();
        NodeList dependencies = parse(pom(artifact)).getElementsByTagName("dependency");
        for (int i = 0; i < dependencies.getLength(); i++) {
            Element dependency = (Element) dependencies.item(i);
            if (groupId.equals(text(dependency, "groupId")) && !"test".equals(text(dependency, "scope"))) {
                found.add(text(dependency, "artifactId"));
            }
        }
        return found;
    }

    private static Element parse(Path pom) {
        try {
            return DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(pom.toFile())
                    .getDocumentElement();
        } catch (ParserConfigurationException | SAXException | IOException e) {
            throw new IllegalStateException("cannot read " + pom, e);
        }
    }

    private static String text(Element parent, String name) {
        Node node = parent.getElementsByTagName(name).item(0);
        return node == null ? "" : node.getTextContent().strip();
    }
}
