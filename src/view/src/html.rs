//! Writing HTML by hand: escaping, and nothing else.

/// Appends text so that it is safe between tags and inside quoted attributes.
pub(crate) fn push_text(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
}

/// Appends pieces in turn: `Raw` as it is, `Text` escaped.
pub(crate) fn push_all(out: &mut String, pieces: &[Piece<'_>]) {
    for piece in pieces {
        match piece {
            Piece::Raw(html) => out.push_str(html),
            Piece::Text(text) => push_text(out, text),
        }
    }
}

/// Appends a template of ours, its `{}` filled with texts in turn, each escaped. It has no other braces.
pub(crate) fn push_filled(out: &mut String, template: &str, texts: &[&str]) {
    let mut texts = texts.iter();
    for (index, part) in template.split('{').enumerate() {
        if index > 0 {
            push_text(out, texts.next().copied().unwrap_or_default());
        }
        out.push_str(part.strip_prefix('}').unwrap_or(part));
    }
}

/// A piece of HTML.
pub(crate) enum Piece<'a> {
    /// Markup of ours or of the author's tool.
    Raw(&'a str),
    /// Plain text of anybody.
    Text(&'a str),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_become_markup() {
        let mut out = String::new();
        push_all(&mut out, &[Piece::Raw("<p title=\""), Piece::Text("\"><b>'&"), Piece::Raw("\">")]);
        assert_eq!(out, "<p title=\"&quot;&gt;&lt;b&gt;&#39;&amp;\">");
        let mut filled = String::new();
        push_filled(&mut filled, "<b class=\"{}\">{}</b>", &["\"", "{}<i>"]);
        assert_eq!(filled, "<b class=\"&quot;\">{}&lt;i&gt;</b>");
    }
}
