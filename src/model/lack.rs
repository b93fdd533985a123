//! What a system lacks, as a closed list for people. Found by `platform`, put
//! into words with its remedy by `words`.

/// Something without which the window, or a part of it, does not work here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lack {
    /// No installed font has Chinese characters.
    ChineseFont,
    /// The window runs as administrator, so Windows brings it no drops.
    Drops,
    /// A library that the window loads when it opens.
    Library(MissingLibrary),
    /// No OpenGL that could draw a window.
    OpenGl,
}

/// A library that the window loads when it opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MissingLibrary {
    /// Its file, as the loader asks for it.
    pub file: &'static str,
    /// The Debian package that brings it.
    pub package: &'static str,
}
