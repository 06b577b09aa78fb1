package io.openib.mca;

/** One name given one text at one place; whether it means anything is not decided yet. */
record Setting(String name, String text, Origin origin) {}
