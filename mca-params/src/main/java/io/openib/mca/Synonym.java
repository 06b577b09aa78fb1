package io.openib.mca;

import java.util.function.UnaryOperator;

/** Another name of a parameter; {@code translation} turns what is written under it into the parameter's own text. */
record Synonym(String name, boolean isDeprecated, UnaryOperator<String> translation) {}
