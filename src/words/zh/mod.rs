//! 简体中文。动词放在按钮上，句末用全角句号，数字与中文之间留空格，不用感叹号。

mod errors;
mod labels;

use std::time::{Duration, Instant};

use super::format::{TimeLeft, clean, date, rounded, size, size_of, speed};
use super::{ErrorText, RowNumbers, Sentences};
use crate::model::{
    ExistingPlace, Hold, How, Identity, Job, JobState, KeyringState, LeftOut, LeftOutReason, Task,
    Totals, UploadError,
};

pub(super) use labels::LABELS;

pub(super) struct Chinese;

fn left(time: Duration) -> String {
    match rounded(time) {
        TimeLeft::Seconds(secs) => format!("约剩 {secs} 秒"),
        TimeLeft::Minutes(minutes) => format!("约剩 {minutes} 分钟"),
        TimeLeft::Hours(hours, minutes) => format!("约剩 {hours} 小时 {minutes} 分钟"),
    }
}

impl Sentences for Chinese {
    fn error(&self, error: &UploadError, name: &str) -> ErrorText {
        errors::text(error, name)
    }

    fn row(&self, job: &Job, now: Instant, numbers: RowNumbers) -> String {
        let bytes = self.size(job.size_bytes);
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
            JobState::Waiting(pause) => {
                let left = pause.until.saturating_duration_since(now);
                let secs = left.as_millis().div_ceil(1000);
                let what = self.error(&pause.error, &job.name).what;
                format!(
                    "{what}{secs} 秒后重试（第 {} / {} 次）",
                    pause.next_try, pause.of
                )
            }
            JobState::Held(Hold::SignIn) => "等待登录".to_owned(),
            JobState::Held(Hold::Task) => format!("等待选择任务 - {bytes}"),
            JobState::Held(Hold::Network) => format!("等待网络 - {bytes}"),
            JobState::Duplicate(existing) => self.existing(&existing.place),
            JobState::Done(receipt) => match (receipt.how, receipt.verified) {
                (How::Sent, true) => format!("已上传 - 校验一致 - {bytes}"),
                (How::Sent, false) => format!("已上传 - {bytes}"),
                (How::Instant, _) => "秒传完成：ONES 已有相同内容".to_owned(),
                (How::StoredAlready, _) => "ONES 已存有此内容，已关联到任务".to_owned(),
            },
            JobState::Skipped(skip) => match skip.existing.place {
                ExistingPlace::OnTask { .. } => "已跳过 - 任务中已有".to_owned(),
                ExistingPlace::InList { .. } => "已跳过 - 与另一文件内容相同".to_owned(),
                ExistingPlace::Unconfirmed => {
                    "已跳过 - ONES 存有此内容，但可能不在此任务上".to_owned()
                }
            },
            JobState::Failed(error) => {
                let text = self.error(error, &job.name);
                format!("{}{}", text.what, text.became)
            }
            JobState::Cancelled => "已取消，未上传。".to_owned(),
        }
    }

    fn state(&self, state: &JobState) -> &'static str {
        match state {
            JobState::Queued | JobState::Ready => "等待中",
            JobState::Checking => "检查中",
            JobState::Duplicate(_) => "已存在",
            JobState::Asking => "申请中",
            JobState::Sending => "上传中",
            JobState::Confirming => "确认中",
            JobState::Waiting(_) => "即将重试",
            JobState::Held(_) => "暂停",
            JobState::Done(_) => "已上传",
            JobState::Skipped(_) => "已跳过",
            JobState::Failed(_) => "未上传",
            JobState::Cancelled => "已取消",
        }
    }

    fn existing(&self, place: &ExistingPlace) -> String {
        match place {
            ExistingPlace::OnTask { name, added_us, .. } => {
                let name = clean(name, 60);
                match added_us.and_then(|us| date(us, "%Y 年 %-m 月 %-d 日")) {
                    Some(day) => format!("此任务上已有：{name}（{day}）"),
                    None => format!("此任务上已有：{name}"),
                }
            }
            ExistingPlace::InList { name } => format!("与 {} 内容相同", clean(name, 60)),
            ExistingPlace::Unconfirmed => "ONES 存有此内容，但任务附件中没有列出".to_owned(),
        }
    }

    fn duplicates(&self, count: usize, task: Option<&Task>) -> String {
        match task {
            Some(task) => format!("{count} 个文件的内容已在 {} 上。", self.task_short(task)),
            None => format!("{count} 个文件的内容已在 ONES 中。"),
        }
    }

    fn skip_all(&self, count: usize) -> String {
        format!("跳过全部 {count} 个")
    }

    fn task(&self, task: &Task) -> String {
        match (&task.title, task.number) {
            (Some(title), Some(number)) => format!("#{number} {}", clean(title, 200)),
            (Some(title), None) => clean(title, 200),
            (None, Some(number)) => format!("#{number}（无法获取标题）"),
            (None, None) => format!("任务 {}（无法获取标题）", clean(&task.id, 40)),
        }
    }

    fn task_short(&self, task: &Task) -> String {
        task.number.map_or_else(
            || format!("任务 {}", clean(&task.id, 40)),
            |n| format!("#{n}"),
        )
    }

    fn release(&self, count: usize, folders: usize, signed_in: bool, has_task: bool) -> String {
        let what = match (count, folders) {
            (count, 0) => format!("{count} 个文件"),
            (0, folders) => format!("{folders} 个文件夹"),
            (count, folders) => format!("{} 项", count + folders),
        };
        match (signed_in, has_task) {
            (false, _) => format!("松开即可添加 {what}，然后登录"),
            (true, false) => format!("松开即可添加 {what}，然后选择任务"),
            (true, true) => format!("松开即可上传 {what}"),
        }
    }

    fn release_to(&self, task: &Task) -> String {
        format!("到 {}", self.task(task))
    }

    fn attach_to(&self, count: usize, task: &Task) -> String {
        format!("上传 {count} 个文件到 {}", self.task_short(task))
    }

    fn limit(&self, bytes: u64) -> String {
        format!("单个文件最大 {}", size(bytes).replace(".0 ", " "))
    }

    fn left_out(&self, counts: &[(LeftOutReason, usize)]) -> String {
        let all: usize = counts.iter().map(|(_, count)| count).sum();
        let parts: Vec<String> = counts
            .iter()
            .map(|(reason, count)| format!("{} {count} 项", self.left_out_reason(*reason)))
            .collect();
        format!("{all} 项未添加：{}", parts.join("，"))
    }

    fn left_out_reason(&self, reason: LeftOutReason) -> &'static str {
        match reason {
            LeftOutReason::Junk => "系统生成的文件",
            LeftOutReason::EmptyFolder => "空文件夹",
            LeftOutReason::NotAFile => "不是普通文件",
            LeftOutReason::AlreadyListed => "已在列表中",
            LeftOutReason::LinkLoop => "循环链接",
            LeftOutReason::Missing => "文件不存在",
            LeftOutReason::NotReadable => "无法读取",
        }
    }

    fn footer(&self, totals: &Totals, time_left: Option<Duration>) -> String {
        let mut parts = vec![
            self.footer_files(totals),
            size_of(totals.sent_bytes, totals.bytes, "/").replace("bytes", "字节"),
        ];
        parts.extend(time_left.map(left));
        parts.join(" - ")
    }

    fn footer_open(&self, totals: &Totals) -> String {
        let mut parts = vec![self.footer_files(totals)];
        for (count, what) in [
            (totals.failed, "个失败"),
            (totals.duplicates, "个待决定"),
            (totals.held, "个等待中"),
        ] {
            if count > 0 {
                parts.push(format!("{count} {what}"));
            }
        }
        parts.join(" - ")
    }

    fn footer_files(&self, totals: &Totals) -> String {
        format!("已上传 {} / {}", totals.attached, totals.jobs)
    }

    fn summary(&self, totals: &Totals) -> String {
        let mut parts = Vec::new();
        let mut tell = |count: usize, what: &str| {
            if count > 0 {
                parts.push(format!("{count} 个{what}"));
            }
        };
        match (
            totals.attached,
            totals.skipped,
            totals.failed + totals.cancelled,
        ) {
            (0, 0, 0) => return "没有可上传的文件。".to_owned(),
            (attached, 0, 0) => return format!("已上传 {attached} 个文件。"),
            (0, skipped, 0) => return format!("没有上传：{skipped} 个文件已存在，已跳过。"),
            _ => {
                tell(totals.attached, "成功");
                tell(totals.failed, "失败");
                tell(totals.skipped, "跳过");
                tell(totals.cancelled, "取消");
            }
        }
        format!("{}。", parts.join("，"))
    }

    fn summary_on(&self, totals: &Totals, task: &Task) -> String {
        if totals.failed + totals.cancelled + totals.skipped == 0 && totals.attached > 0 {
            format!(
                "已将 {} 个文件上传到 {}",
                totals.attached,
                self.task_short(task)
            )
        } else {
            self.summary(totals)
        }
    }

    fn keyring(&self, state: &KeyringState) -> Option<String> {
        let memory = "退出应用前保持登录，不会写入磁盘。";
        Some(match state {
            KeyringState::Saved | KeyringState::Forgotten | KeyringState::MemoryOnly => {
                return None;
            }
            KeyringState::Slow => "正在等待系统的密码存储…".to_owned(),
            KeyringState::Missing => format!("未保存：当前会话没有密码存储。{memory}"),
            KeyringState::Locked => format!("未保存：密码存储已锁定。{memory}"),
            KeyringState::Hung => format!("未保存：密码存储没有响应。{memory}"),
            KeyringState::Failed(why) => format!("未保存：{}。{memory}", clean(why, 100)),
        })
    }

    fn offline(&self, host: &str) -> String {
        let host = clean(host, 80);
        format!("无法连接 {host}。文件在等待，恢复后自动继续。可检查 VPN 或网络。")
    }

    fn keeps_in(&self) -> String {
        let store = if cfg!(windows) {
            "Windows 凭据管理器"
        } else if cfg!(target_os = "macos") {
            "macOS 钥匙串"
        } else {
            "桌面密钥环（Secret Service）"
        };
        format!("登录凭证保存在{store}中，不保存密码。")
    }

    fn who(&self, identity: &Identity) -> String {
        let (person, team) = (&identity.person.name, &identity.team.name);
        format!("{} - {}", clean(person, 40), clean(team, 40))
    }

    fn waiting_for_sign_in(&self, count: usize) -> String {
        format!("{count} 个文件等待登录后上传。")
    }

    fn quit(&self, count: usize) -> String {
        format!("还有 {count} 个文件未上传完，现在退出将不会上传。")
    }

    fn action_on(&self, action: &str, name: &str) -> String {
        format!("{action} {}", clean(name, 100))
    }

    fn characters(&self, typed: usize, allowed: usize) -> String {
        format!("{typed} / {allowed} 个字符")
    }

    fn size(&self, bytes: u64) -> String {
        size(bytes).replace("bytes", "字节").replace("byte", "字节")
    }

    fn left_out_line(&self, left: &LeftOut) -> String {
        let path = clean(&left.path.to_string_lossy(), 300);
        format!("{path}: 未添加 - {}", self.left_out_reason(left.reason))
    }

    fn environment(&self, missing: &str) -> String {
        format!(
            "缺少 {missing} 或其值无法识别。请设置全部 ONES_DROP_SERVER、ONES_DROP_TEAM、ONES_DROP_USER、ONES_DROP_TOKEN，或全部不设置以使用密钥环。"
        )
    }

    fn cannot_serve(&self, cause: &str) -> String {
        format!("演示服务器未能启动：{}", clean(cause, 200))
    }

    fn no_session_demo(&self) -> String {
        "没有图形会话（未设置 DISPLAY 和 WAYLAND_DISPLAY），演示将在终端中进行。".to_owned()
    }

    fn no_session(&self) -> String {
        "无法打开窗口：没有图形会话（未设置 DISPLAY 和 WAYLAND_DISPLAY）。在终端上传请见 `ones-drop upload --help`。".to_owned()
    }

    fn no_window(&self) -> String {
        "窗口未能打开。需要 X11 或 Wayland 显示以及 OpenGL 2（Debian：libx11-6 libx11-xcb1 libxcursor1 libxi6 libxrandr2 libxkbcommon-x11-0 libgl1 libegl1）。设置 ONES_DROP_LOG=debug 可查看详情。".to_owned()
    }
}
