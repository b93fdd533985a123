//! ONES Drop: drop files on a window and they are attached to your ONES task.

pub mod api;
pub mod cli;
pub mod demo;
pub mod engine;
pub mod model;
pub mod platform;
pub mod settings;
pub mod ui;
pub mod vault;
pub mod words;
