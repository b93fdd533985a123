//! Which face: window, upload or demo.

fn main() {}
