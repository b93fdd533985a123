//! English for what a system lacks: one line that ends in the remedy.

use crate::model::Lack;

/// What is lacking, and what to do.
pub(super) fn lack(lack: Lack) -> String {
    match lack {
        Lack::ChineseFont => "No Chinese font is installed, so Chinese names show as boxes. Install fonts-noto-cjk and start ONES Drop again.".to_owned(),
        Lack::Drops => "Dropped files don't arrive: this window runs as administrator, and Windows keeps drops from it. Start ONES Drop without administrator rights, or choose files.".to_owned(),
        Lack::Library(library) => format!(
            "No window: {} is missing. Install {} (its name on Debian and Ubuntu).",
            library.file, library.package
        ),
        Lack::OpenGl => "No window: no OpenGL was found to draw it. Install libgl1, libegl1 and libgl1-mesa-dri (their names on Debian and Ubuntu).".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::model::{Lack, MissingLibrary};
    use crate::words::tests::{LANGUAGES, is_well_put};
    use crate::words::words;

    #[test]
    fn what_the_system_lacks_is_said_in_one_line_with_the_remedy() {
        let library = MissingLibrary {
            file: "libxkbcommon-x11.so.0",
            package: "libxkbcommon-x11-0",
        };
        for (lack, remedy) in [
            (Lack::ChineseFont, "fonts-noto-cjk"),
            (Lack::Drops, ""),
            (Lack::Library(library), "libxkbcommon-x11-0"),
            (Lack::OpenGl, "libgl1"),
        ] {
            for language in LANGUAGES {
                let text = words(language).say.lack(lack);
                is_well_put(language, &text);
                assert!(text.contains(remedy) && !text.contains('\n'), "{text}");
            }
        }
    }
}
