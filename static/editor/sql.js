// SQL as SQLite reads it, loaded when the first SQL file is opened.

import { LanguageSupport } from "@codemirror/language";
import { SQLite } from "@codemirror/lang-sql";

export const sqlSupport = new LanguageSupport(SQLite.language);
