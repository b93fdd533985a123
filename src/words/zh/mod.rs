//! 简体中文。动词放在按钮上，句末用全角句号，数字与中文之间留空格，不用感叹号。

mod errors;
mod hover;
mod labels;
mod left_out;
mod rows;
mod saved;
mod system;

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use super::format::{TimeLeft, clean, date, grouped, limit, rounded, size, size_of};
use super::{ErrorText, RowNumbers, Sentences};
use crate::model::{
    Attached, ExistingPlace, Hovered, Identity, Job, JobState, KeyringState, Lack, LeftOut,
    LeftOutReason, Saving, Task, Totals, UploadError,
};

pub(super) use labels::LABELS;

pub(super) struct Chinese;

/// 各原因的数量：“文件不存在 2 项”。
fn reasons(counts: &[(LeftOutReason, usize)]) -> Vec<String> {
    let one = |(reason, count): &(LeftOutReason, usize)| {
        format!("{} {} 项", left_out::kind_of(*reason), grouped(*count))
    };
    counts.iter().map(one).collect()
}

fn left(time: Duration) -> String {
    match rounded(time) {
        TimeLeft::Seconds(secs) => format!("约剩 {secs} 秒"),
        TimeLeft::Minutes(minutes) => format!("约剩 {minutes} 分钟"),
        TimeLeft::Hours(hours, minutes) => format!("约剩 {hours} 小时 {minutes} 分钟"),
    }
}

/// A size with its unit in Chinese.
fn size_of_file(bytes: u64) -> String {
    size(bytes).replace("bytes", "字节").replace("byte", "字节")
}

impl Sentences for Chinese {
    fn error(&self, error: &UploadError, name: &str) -> ErrorText {
        errors::text(error, name)
    }

    fn row(&self, job: &Job, now: Instant, numbers: RowNumbers) -> String {
        rows::line(job, now, numbers)
    }

    fn state(&self, state: &JobState) -> &'static str {
        rows::state(state)
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
            ExistingPlace::InList { name, .. } => format!("与 {} 内容相同", clean(name, 60)),
            ExistingPlace::Unconfirmed(_) => "ONES 存有此内容，但任务附件中没有列出".to_owned(),
        }
    }

    fn duplicates(&self, on_task: usize, in_list: usize, task: Option<&Task>) -> String {
        let count = grouped(on_task + in_list);
        if on_task == 0 {
            return format!("{count} 个文件与列表中另一文件内容相同。");
        }
        let place = task.map_or_else(
            || "ONES 中".to_owned(),
            |task| format!("{} 上", self.task_short(task)),
        );
        let or_here = if in_list == 0 { "" } else { "或列表中" };
        format!("{count} 个文件的内容已在 {place}{or_here}。")
    }

    fn skip_all(&self, count: usize) -> String {
        format!("跳过全部 {} 个", grouped(count))
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

    fn release(&self, what: Hovered, signed_in: bool, has_task: bool) -> String {
        hover::release(what, signed_in, has_task)
    }

    fn release_without(&self, count: usize) -> String {
        hover::release_without(count)
    }

    fn release_to(&self, task: &Task) -> String {
        format!("到 {}", self.task(task))
    }

    fn hovering(&self, names: &[String], more: usize) -> String {
        match more {
            0 => names.join("、"),
            more => format!("{} 等 {} 项", names.join("、"), grouped(names.len() + more)),
        }
    }

    fn attach_to(&self, count: usize, task: &Task) -> String {
        format!("上传 {} 个文件到 {}", grouped(count), self.task_short(task))
    }

    fn limit(&self, bytes: u64) -> String {
        format!("单个文件最大 {}", limit(bytes))
    }

    fn left_out(&self, counts: &[(LeftOutReason, usize)]) -> String {
        let all: usize = counts.iter().map(|(_, count)| count).sum();
        if let [(LeftOutReason::AlreadyListed, count)] = counts {
            return format!("{} 个文件已在列表中，没有重复添加。", grouped(*count));
        }
        format!("{} 项未添加：{}", grouped(all), reasons(counts).join("，"))
    }

    fn left_out_reason(&self, reason: LeftOutReason) -> &'static str {
        left_out::reason(reason)
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
        parts.extend(self.footer_problems(totals));
        parts.join(" - ")
    }

    fn footer_problems(&self, totals: &Totals) -> Option<String> {
        let problems = [
            (totals.failed, "个失败"),
            (totals.duplicates, "个待决定"),
            (totals.held, "个等待你处理"),
        ];
        let told: Vec<_> = problems
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{} {what}", grouped(*count)))
            .collect();
        (!told.is_empty()).then(|| told.join("，"))
    }

    fn footer_short(&self, totals: &Totals, time_left: Option<Duration>) -> String {
        let mut parts = vec![format!(
            "{} / {}",
            grouped(totals.attached),
            grouped(totals.jobs)
        )];
        parts.extend(time_left.map(left));
        parts.join(" - ")
    }

    fn footer_files(&self, totals: &Totals) -> String {
        format!(
            "已上传 {} / {}",
            grouped(totals.attached),
            grouped(totals.jobs)
        )
    }

    fn summary(&self, totals: &Totals) -> String {
        let mut parts = Vec::new();
        let mut tell = |count: usize, what: &str| {
            if count > 0 {
                parts.push(format!("{} 个{what}", grouped(count)));
            }
        };
        match (
            totals.attached,
            totals.skipped,
            totals.failed + totals.cancelled,
        ) {
            (0, 0, 0) => return "没有可上传的文件。".to_owned(),
            (attached, 0, 0) => return format!("已上传 {} 个文件。", grouped(attached)),
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
                grouped(totals.attached),
                self.task_short(task)
            )
        } else {
            self.summary(totals)
        }
    }

    fn started(&self, count: usize) -> String {
        format!("{} 个文件正在上传", grouped(count))
    }

    fn keyring(&self, state: &KeyringState) -> Option<String> {
        match state {
            KeyringState::Saved | KeyringState::Forgotten | KeyringState::MemoryOnly => None,
            KeyringState::Slow => Some("正在等待系统的密码存储…".to_owned()),
            KeyringState::Failed(act, fault) => Some(system::keyring(*act, fault)),
        }
    }

    fn offline(&self, host: &str) -> String {
        let host = clean(host, 80);
        format!("无法连接 {host}。文件在等待，恢复后自动继续。可检查 VPN 或网络。")
    }

    fn lack(&self, lack: Lack) -> String {
        system::lack(lack)
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
        format!("{} 个文件等待登录后上传。", grouped(count))
    }

    fn waiting_for_task(&self, count: usize) -> String {
        format!(
            "{} 个文件在等待，可在上方粘贴任务 ID 或链接。",
            grouped(count)
        )
    }

    fn quit(&self, count: usize) -> String {
        format!("还有 {} 个文件未上传，现在退出将不会上传。", grouped(count))
    }

    fn quit_kept(&self, count: usize) -> String {
        saved::quit(count)
    }

    fn unfinished(&self, count: usize, amiss: &[(LeftOutReason, usize)]) -> String {
        saved::unfinished(count, amiss)
    }

    fn saving(&self, saving: &Saving) -> Option<String> {
        saved::saving(saving)
    }

    fn forgetting(&self, kind: ErrorKind) -> String {
        saved::forgetting(kind)
    }

    fn history_failed(&self, kind: ErrorKind) -> String {
        match kind {
            ErrorKind::Unsupported => "此处不保存任何内容，因此没有历史记录。".to_owned(),
            kind => format!("无法读取历史记录：{}。", saved::cause(kind)),
        }
    }

    fn attached(&self, one: &Attached) -> String {
        saved::attached(one, &self.task_short(&one.task))
    }

    fn action_on(&self, action: &str, name: &str) -> String {
        format!("{action} {}", clean(name, 100))
    }

    fn switch_team(&self, team: &str) -> String {
        format!("切换到 {}", clean(team, 40))
    }

    fn characters(&self, typed: usize, allowed: usize) -> String {
        format!("{typed} / {allowed} 个字符")
    }

    fn size(&self, bytes: u64) -> String {
        size_of_file(bytes)
    }

    fn left_out_line(&self, left: &LeftOut) -> String {
        let path = clean(&left.path.to_string_lossy(), 300);
        format!("{path}: 未添加 - {}", self.left_out_reason(left.reason))
    }

    fn cannot_serve(&self, cause: &str) -> String {
        format!("演示服务器未能启动：{}", clean(cause, 200))
    }

    fn unknown_setting(&self, name: &str) -> String {
        format!("{name} 的值无法识别，已忽略。可用的值见 README。")
    }

    fn no_session_demo(&self) -> String {
        "没有图形会话（未设置 DISPLAY 和 WAYLAND_DISPLAY），演示将在终端中进行。".to_owned()
    }

    fn no_session(&self) -> String {
        "无法打开窗口：没有图形会话（未设置 DISPLAY 和 WAYLAND_DISPLAY）。在终端上传见 `ones-drop upload --help`。".to_owned()
    }

    fn no_window(&self) -> String {
        system::no_window(std::env::consts::OS)
    }
}
