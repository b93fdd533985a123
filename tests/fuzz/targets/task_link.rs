//! What people paste when they mean a task.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ones_drop::model::{TaskName, TaskRef};

fuzz_target!(|text: &str| {
    let Some(task) = TaskRef::parse(text) else {
        return;
    };
    // It ends up in the path of a request.
    let safe = |id: &str| {
        id.bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
    };
    match &task.name {
        TaskName::Id(id) => assert!(id.len() == 16 && safe(id), "{id:?}"),
        TaskName::DisplayId(id) => assert!(safe(id), "{id:?}"),
        TaskName::Number(_) => {}
    }
    assert!(task.team.is_none_or(|team| team.len() == 8 && safe(&team)));
});
