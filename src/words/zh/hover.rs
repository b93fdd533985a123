//! 中文：拖放悬停时的提示。

use super::super::format::grouped;
use super::size_of_file;
use crate::model::Hovered;

/// The overlay's first line.
pub(super) fn release(what: Hovered, signed_in: bool, has_task: bool) -> String {
    let what = match what {
        Hovered::Unknown => "所拖内容".to_owned(),
        Hovered::Picture => "图片".to_owned(),
        Hovered::Text => "文本".to_owned(),
        Hovered::Unusable => return "无法上传所拖内容".to_owned(),
        Hovered::Items {
            files: 0,
            folders: 0,
            ..
        } => return "所拖内容都不在本机".to_owned(),
        Hovered::Items {
            files,
            folders,
            bytes,
            ..
        } => {
            let items = match (files, folders) {
                (files, 0) => format!(" {} 个文件", grouped(files)),
                (0, folders) => format!(" {} 个文件夹", grouped(folders)),
                (files, folders) => format!(" {} 项", grouped(files + folders)),
            };
            bytes.map_or_else(
                || items.clone(),
                |bytes| format!("{items}（{}）", size_of_file(bytes)),
            )
        }
    };
    match (signed_in, has_task) {
        (false, _) => format!("松开即可添加{what}，然后登录"),
        (true, false) => format!("松开即可添加{what}，然后选择任务"),
        (true, true) => format!("松开即可上传{what}"),
    }
}

/// What stays behind.
pub(super) fn release_without(count: usize) -> String {
    format!("{} 项不是本机文件，不会添加", grouped(count))
}
