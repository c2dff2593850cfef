// Python: colours, indentation and brackets. Without its completion lists, which nothing here shows.

import { LanguageSupport } from "@codemirror/language";
import { pythonLanguage } from "@codemirror/lang-python";

export const pythonSupport = new LanguageSupport(pythonLanguage);
