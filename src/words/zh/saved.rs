//! 磁盘上的队列与历史记录。

use std::io::ErrorKind;

use super::size_of_file;
use crate::model::{Attached, LeftOutReason, Saving};
use crate::words::format::{clean, date_of, grouped};

/// 上次未完成的文件。
pub(super) fn unfinished(count: usize, amiss: &[(LeftOutReason, usize)]) -> String {
    let open = format!("上次还有 {} 个文件未上传", grouped(count));
    if amiss.is_empty() {
        return format!("{open}，是否继续？");
    }
    let lost: usize = amiss.iter().map(|(_, count)| count).sum();
    let can = match count.saturating_sub(lost) {
        0 => "都无法继续".to_owned(),
        some => format!("{} 个可以继续", grouped(some)),
    };
    let why = super::reasons(amiss).join("，");
    format!("{open}：{can}，{why}。是否继续？")
}

/// 队列为何没有保存。
pub(super) fn saving(saving: &Saving) -> Option<String> {
    let unsaved = "上传照常进行，但重新启动后不会再提示未完成的文件。";
    Some(match saving {
        Saving::On => return None,
        Saving::ElsewhereOpen => {
            format!("另一个 ONES Drop 正在保存未完成的文件，此窗口的列表不会保存。{unsaved}")
        }
        Saving::Failed(kind) => format!("无法保存此列表：{}。{unsaved}", cause(*kind)),
        Saving::SetAside(path) => format!(
            "已保存的列表损坏，能读出的部分已保留，原文件移到 {}",
            clean(&path.to_string_lossy(), 200)
        ),
    })
}

/// 历史记录为何无法写入。
pub(super) fn forgetting(kind: ErrorKind) -> String {
    format!(
        "无法写入历史记录：{}。上传照常进行，但其中可能缺少刚上传的文件，或仍有已清除的内容。",
        cause(kind)
    )
}

pub(super) fn cause(kind: ErrorKind) -> String {
    match kind {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "磁盘已满".to_owned(),
        ErrorKind::ReadOnlyFilesystem => "磁盘为只读".to_owned(),
        ErrorKind::PermissionDenied => "没有权限".to_owned(),
        other => other.to_string(),
    }
}

/// 退出前的提问。
pub(super) fn quit(count: usize) -> String {
    format!(
        "还有 {} 个文件未上传完。现在退出的话，下次启动时会询问是否继续。",
        grouped(count)
    )
}

/// 历史记录的一行。
pub(super) fn attached(one: &Attached, task: &str) -> String {
    let when = date_of(one.at, "%-m 月 %-d 日 %H:%M").unwrap_or_default();
    let checked = if one.verified { "" } else { "，未校验" };
    let name = clean(&one.name, 80);
    format!(
        "{when}：{name}，{}，{task}{checked}",
        size_of_file(one.size_bytes)
    )
}
