//! 中文：路径未成为列表一行的原因。

use crate::model::LeftOutReason;

/// 计数时的简短说法。
pub(super) fn kind_of(kind: LeftOutReason) -> &'static str {
    match kind {
        LeftOutReason::ChangedSince => "上次之后被修改",
        LeftOutReason::Elsewhere => "不在本机",
        LeftOutReason::NotKept => "无法存为临时文件",
        other => reason(other),
    }
}

/// 路径旁的原因。
pub(super) fn reason(reason: LeftOutReason) -> &'static str {
    match reason {
        LeftOutReason::Junk => "系统生成的文件",
        LeftOutReason::EmptyFolder => "空文件夹",
        LeftOutReason::NotAFile => "不是普通文件",
        LeftOutReason::AlreadyListed => "已在列表中",
        LeftOutReason::LinkLoop => "循环链接",
        LeftOutReason::Missing => "文件不存在",
        LeftOutReason::NotReadable => "无法读取",
        LeftOutReason::ChangedSince => "上次之后被修改，可重新拖入",
        LeftOutReason::NoAnswer => "所在文件夹没有响应",
        LeftOutReason::Elsewhere => "不在本机，须先保存到本机",
        LeftOutReason::NotAnAddress => "不是文件地址",
        LeftOutReason::NotKept => "无法存为临时文件，磁盘可能已满",
    }
}
