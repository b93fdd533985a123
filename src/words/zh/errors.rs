//! 错误的中文说明：发生了什么 → 文件怎样了 → 可以做什么。

use super::super::ErrorText;
use super::super::format::{clean, limit, size};
use super::system::why_keyring;
use crate::model::{DESCRIPTION_MAX_CHARS, ErrorKind as K, NAME_MAX_CHARS, UploadError};

/// The sentence for an error about this file.
pub(super) fn text(error: &UploadError, name: &str) -> ErrorText {
    let about_file = !name.is_empty();
    let name = if about_file {
        clean(name, 120)
    } else {
        "文件".to_owned()
    };
    let (what, became, todo) = parts(&error.kind, &name);
    // A sign-in or a look-up has no file that anything could become of.
    let became = if about_file || says_more(&error.kind) {
        became
    } else {
        ""
    };
    let said = error.details.server_text.as_deref().map(str::trim);
    ErrorText {
        what,
        became: became.to_owned(),
        todo: todo.to_owned(),
        said: said
            .filter(|said| !said.is_empty())
            .map(|said| format!("服务器说明：{}", clean(said, 200)))
            .unwrap_or_default(),
    }
}

/// Whether the second sentence is true without a file, too.
fn says_more(kind: &K) -> bool {
    matches!(
        kind,
        K::NotAllowed
            | K::SignInEnded
            | K::PlainHttp { .. }
            | K::UnsafeUploadAddress
            | K::PlainStore { .. }
            | K::Redirected { .. }
    )
}

const SAFE: &str = "未上传，本地文件没有改动。";

#[expect(clippy::too_many_lines, reason = "one table, a line a kind")]
fn parts(kind: &K, name: &str) -> (String, &'static str, &'static str) {
    match kind {
        K::NotATask { text } => (
            format!("“{}”不是任务 ID 或链接。", clean(text, 60)),
            "",
            "可在 ONES 任务页复制链接后粘贴到这里。",
        ),
        K::OtherServer { server } => (
            format!("这个链接属于另一台服务器（{}）。", clean(server, 60)),
            "",
            "可登录那台服务器，或粘贴当前服务器的链接。",
        ),
        K::OtherTeam { team } => (
            format!("这个链接属于另一个团队（{}）。", clean(team, 20)),
            "",
            "可在账号菜单中切换团队。",
        ),
        K::TaskNotFound => (
            "当前团队中没有这个任务，可能已被删除或移动。".into(),
            "",
            "可检查 ID 后重新粘贴。",
        ),
        K::NotAllowed => (
            "没有向此任务添加附件的权限。".into(),
            "未上传。",
            "可联系任务负责人或团队管理员。",
        ),
        K::NoLookUp => (
            "此服务器不能按编号查找任务。".into(),
            "",
            "可粘贴任务链接或 16 位任务 ID。",
        ),
        K::BadAddress => (
            "这不是服务器地址。".into(),
            "",
            "可从浏览器复制，例如 https://ones.example.com。",
        ),
        K::WrongPassword => (
            "账号与密码不匹配。".into(),
            "",
            "可检查大写锁定，或改用用户 ID + Token 登录。",
        ),
        K::WrongToken => (
            "ONES 不接受这组用户 ID 和 Token。".into(),
            "",
            "可重新复制；修改密码或退出会话后 Token 会失效。",
        ),
        K::NoAccount => (
            "此服务器上没有这个账号。".into(),
            "",
            "可检查服务器地址和账号。",
        ),
        K::AccountExpired => ("此账号已过期。".into(), "", "可由团队管理员续期。"),
        K::NoTeam => (
            "此账号尚未加入任何团队，暂时无法上传附件。".into(),
            "",
            "可请团队管理员邀请加入。",
        ),
        K::SignInRefused { status } => (
            match status {
                Some(status) => format!("ONES 拒绝了登录（HTTP {status}）。"),
                None => "ONES 拒绝了登录。".to_owned(),
            },
            "",
            "可稍后再试，或改用用户 ID + Token 登录。",
        ),
        K::TeamUnknown { team } => (
            format!("此账号不在团队 {} 中。", clean(team, 60)),
            "",
            "可将 ONES_DROP_TEAM 设为 ONES 页面地址中 /team/ 之后的 ID。",
        ),
        K::TeamNeeded => (
            "无法确定使用此账号的哪个团队。".into(),
            "",
            "可用 ONES_DROP_TEAM 指定，或先在窗口中选择一次。",
        ),
        K::SignInEnded => (
            "登录已失效（可能修改过密码、在别处退出或被移出团队）。".into(),
            "未上传的文件会保留在队列中。",
            "登录后继续。",
        ),
        K::SignInNeeded => ("尚未登录。".into(), "", "登录后继续。"),
        K::NoSignIn { keyring } => (
            match keyring.as_ref().map(why_keyring) {
                Some(why) => format!("尚未登录：{why}。"),
                None => "尚未登录。".to_owned(),
            },
            "",
            "可先在窗口中登录一次，或设置 ONES_DROP_SERVER、ONES_DROP_TEAM、ONES_DROP_USER 和 ONES_DROP_TOKEN。",
        ),
        K::Environment { missing } => (
            format!("缺少 {missing} 或其值无法识别。"),
            "",
            "需设置全部 ONES_DROP_SERVER、ONES_DROP_TEAM、ONES_DROP_USER、ONES_DROP_TOKEN，或全部不设置以使用密钥环。",
        ),
        K::PlainHttp { server } => (
            format!(
                "{} 未加密，Token 可能在途中被他人读取。",
                clean(server, 200)
            ),
            "未发送任何数据。",
            "可改用 https://，或加上 --plain-http 继续登录。",
        ),
        K::Unreachable { host } => (
            format!("无法连接 {}。", host_or(host, "服务器")),
            SAFE,
            "可检查地址、VPN 或网络。",
        ),
        K::Certificate { host } => (
            format!("本机不信任 {} 的证书。", host_or(host, "服务器")),
            SAFE,
            "可请 IT 在本机安装该证书（精简的 Linux 需要 ca-certificates 软件包）。",
        ),
        K::TimedOut { after_secs } => (format!("{after_secs} 秒没有数据。"), SAFE, "可重试。"),
        K::Interrupted { tries: 1 } => ("连接中断。".into(), SAFE, "可重试。"),
        K::Interrupted { tries } => (
            format!("连续 {tries} 次连接中断。"),
            SAFE,
            "重试将从头上传此文件。",
        ),
        K::TooLarge {
            size_bytes,
            limit_bytes,
        } => (
            format!(
                "{name} 为 {}，团队限制单个文件 {}。",
                size(*size_bytes),
                limit(*limit_bytes)
            ),
            "未发送。",
            "可压缩后再传，或改为分享链接。",
        ),
        K::Missing => (
            format!("{name} 已不在原来的位置。"),
            "未上传。",
            "可放回后重试，或从新位置拖入。",
        ),
        K::NotReadable => (
            format!("无法读取 {name}：当前用户没有打开权限。"),
            "未上传。",
            "修改权限后可重试。",
        ),
        K::InUse => (
            format!("{name} 正被其他程序占用。"),
            "未上传。",
            "关闭后可重试。",
        ),
        K::Changed => (
            format!("{name} 在加入后被修改，为避免传错内容已停止。"),
            "未上传。",
            "重试将上传新版本。",
        ),
        K::ReadFailed => (
            format!("读取 {name} 失败。"),
            "未上传。",
            "可检查磁盘或网络盘后重试。",
        ),
        K::NameTooLong { chars } => (
            format!("文件名有 {chars} 个字符，ONES 最多允许 {NAME_MAX_CHARS} 个。"),
            "未发送。",
            "重命名后再拖入。",
        ),
        K::DescriptionTooLong { chars } => (
            format!("已输入 {chars} / {DESCRIPTION_MAX_CHARS} 个字符。"),
            "",
            "缩短后再试。",
        ),
        K::Refused => ("ONES 拒绝了上传。".into(), SAFE, "原因见详情。"),
        K::UnsafeUploadAddress => (
            "ONES 给出的上传地址不安全。".into(),
            "未发送任何数据。",
            "可将详情告知 ONES 管理员。",
        ),
        K::PlainStore { store } => (
            format!(
                "与存储服务器的连接未加密（{}），{name} 途中可能被他人查看或篡改。",
                clean(store, 300)
            ),
            "未发送任何数据。",
            "仅在可信的网络中点“仍以未加密方式发送”，退出登录前对发往该服务器的所有文件有效（命令行：--plain-http）。",
        ),
        K::StoreRefused => (format!("存储服务器拒绝接收 {name}。"), SAFE, "原因见详情。"),
        K::StoreTooLarge { size_bytes } => (
            format!("存储服务器拒绝接收 {}。", size(*size_bytes)),
            "未上传。",
            "其上限可能低于团队限制，可压缩后再传。",
        ),
        K::PermitExpired => (
            "上传凭证连续两次被拒绝。".into(),
            SAFE,
            "可检查本机时间后重试。",
        ),
        K::ServerTrouble => ("服务器出现故障。".into(), SAFE, "稍后可重试。"),
        K::NotConfirmed => (
            format!("ONES 未确认 {name} 是否送达。"),
            "可能已在任务上，也可能没有。",
            "重试前可先查看任务，避免重复。",
        ),
        K::OnesNotTold => (
            "文件已送达，但 ONES 未确认。".into(),
            "任务上可能没有此附件。",
            "重试前可先查看任务，避免重复。",
        ),
        K::HashDiffers => (
            "ONES 中的副本与本地文件不一致。".into(),
            "该副本不可用。",
            "重试将重新上传。",
        ),
        K::Redirected { host } => (
            format!("服务器要求转到 {}，已拒绝。", host_or(host, "另一地址")),
            "未向那里发送任何数据。",
            "可检查服务器地址，中间可能有登录页或代理。",
        ),
        K::NotTheServer => (
            "收到的不是 ONES 的回应，中间可能有登录页或代理。".into(),
            "未上传。",
            "可在浏览器中打开服务器后重试。",
        ),
        K::Unexpected => (
            "ONES 返回了当前版本无法识别的结果。".into(),
            "未上传。",
            "可复制详情给 ONES Drop 的维护者。",
        ),
    }
}

fn host_or(host: &str, otherwise: &str) -> String {
    if host.is_empty() {
        otherwise.to_owned()
    } else {
        clean(host, 80)
    }
}
