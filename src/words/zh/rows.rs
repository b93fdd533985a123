//! 行的中文：第二行，以及状态。
//! 只由中文模块调用；行里放不下的写在 `errors` 中。

use std::time::Instant;

use super::super::format::{NAME_AGAIN_CHARS, shorten, size_of, speed};
use super::super::{RowNumbers, Sentences as _};
use super::{Chinese, errors, left};
use crate::model::{ErrorKind, ExistingPlace, Hold, How, Job, JobState};

/// The second line of a row.
pub(super) fn line(job: &Job, now: Instant, numbers: RowNumbers) -> String {
    let bytes = Chinese.size(job.size_bytes);
    match &job.state {
        JobState::Queued | JobState::Ready => format!("等待中 - {bytes}"),
        JobState::Checking => "正在检查文件…".to_owned(),
        JobState::Asking => "正在向 ONES 申请…".to_owned(),
        JobState::Sending => {
            let mut parts = vec![
                "正在上传".to_owned(),
                size_of(job.moved_bytes, job.size_bytes, "/").replace("bytes", "字节"),
            ];
            parts.extend(numbers.bytes_per_sec.map(speed));
            parts.extend(numbers.time_left.map(left));
            parts.join(" - ")
        }
        JobState::Confirming => "已发送，等待 ONES 确认…".to_owned(),
        JobState::Stopping => "正在取消，向 ONES 确认是否已上传…".to_owned(),
        JobState::Waiting(pause) => {
            let left = pause.until.saturating_duration_since(now);
            let secs = left.as_millis().div_ceil(1000);
            let what = errors::text(&pause.error, &shorten(&job.name, NAME_AGAIN_CHARS)).what;
            format!(
                "{what}{secs} 秒后重试（第 {} / {} 次）",
                pause.next_try, pause.of
            )
        }
        JobState::Held(Hold::SignIn) => "等待登录".to_owned(),
        JobState::Held(Hold::Task) => format!("等待选择任务 - {bytes}"),
        JobState::Held(Hold::Network) => format!("等待网络 - {bytes}"),
        JobState::Duplicate(existing) => Chinese.existing(&existing.place),
        JobState::Done(receipt) => match (receipt.how, receipt.verified) {
            (How::Sent, true) => format!("已上传 - 校验一致 - {bytes}"),
            (How::Sent, false) => format!("已上传 - {bytes}"),
            (How::Instant, _) => "秒传完成：ONES 已有相同内容".to_owned(),
            (How::StoredAlready, _) => "ONES 已存有此内容，已关联到任务".to_owned(),
        },
        JobState::Skipped(skip) => match skip.existing.place {
            ExistingPlace::OnTask { .. } => "已跳过 - 任务中已有".to_owned(),
            ExistingPlace::InList { .. } => "已跳过 - 与另一文件内容相同".to_owned(),
            ExistingPlace::Unconfirmed(_) => {
                "已跳过 - ONES 存有此内容，但可能不在此任务上".to_owned()
            }
        },
        JobState::Failed(error) => {
            let text = errors::text(error, &shorten(&job.name, NAME_AGAIN_CHARS));
            match error.kind {
                // Something did arrive: "not attached" would be untrue.
                ErrorKind::NotConfirmed | ErrorKind::OnesNotTold | ErrorKind::HashDiffers => {
                    format!("{}{}", text.what, text.became)
                }
                _ => format!("未能上传：{}", text.what),
            }
        }
        JobState::Cancelled => "已取消，未上传。".to_owned(),
    }
}

/// The state in one or two words.
pub(super) fn state(state: &JobState) -> &'static str {
    match state {
        JobState::Queued | JobState::Ready => "等待中",
        JobState::Checking => "检查中",
        JobState::Duplicate(_) => "已存在",
        JobState::Asking => "申请中",
        JobState::Sending => "上传中",
        JobState::Confirming => "确认中",
        JobState::Stopping => "取消中",
        JobState::Waiting(_) => "即将重试",
        JobState::Held(_) => "待继续",
        JobState::Done(_) => "已上传",
        JobState::Skipped(_) => "已跳过",
        JobState::Failed(error) => match error.kind {
            ErrorKind::NotConfirmed | ErrorKind::OnesNotTold => "未确认",
            ErrorKind::HashDiffers => "内容不一致",
            _ => "未上传",
        },
        JobState::Cancelled => "已取消",
    }
}
