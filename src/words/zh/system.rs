//! Chinese for what a system lacks: one line that ends in the remedy; and for
//! its keyring.

use crate::model::{KeyringAct, KeyringFault, Lack};
use crate::words::clean;

/// Why the keyring did not do it.
pub(super) fn why_keyring(fault: &KeyringFault) -> String {
    match fault {
        KeyringFault::Missing => "当前会话没有密码存储（如 gnome-keyring）".to_owned(),
        KeyringFault::Locked => "密码存储已锁定".to_owned(),
        KeyringFault::Hung => "密码存储没有响应".to_owned(),
        KeyringFault::Other(why) => clean(why, 100),
    }
}

/// What the keyring did not do, and what that means.
pub(super) fn keyring(act: KeyringAct, fault: &KeyringFault) -> String {
    let why = why_keyring(fault);
    match (act, fault) {
        (KeyringAct::Read, KeyringFault::Missing) => format!("{why}，登录只在退出应用前有效。"),
        (KeyringAct::Read, _) => format!("未能读取已保存的登录：{why}。"),
        (KeyringAct::Save, _) => format!("未保存：{why}。退出应用前保持登录，不会写入磁盘。"),
        (KeyringAct::Forget, _) => {
            format!("已退出登录，但未能删除本机保存的凭证：{why}。下次启动会用它自动登录。")
        }
    }
}

/// What is lacking, and what to do.
pub(super) fn lack(lack: Lack) -> String {
    match lack {
        // Partly in English: without the font, the Chinese part shows as boxes.
        Lack::ChineseFont => "No Chinese font: install fonts-noto-cjk. 未安装中文字体，中文显示为方框。安装 fonts-noto-cjk 后重新启动。".to_owned(),
        Lack::Drops => "拖入的文件无法送达：此窗口以管理员身份运行，Windows 会拦截拖放。以普通权限启动，或使用“选择文件”。".to_owned(),
        Lack::Library(library) => format!(
            "无法打开窗口：缺少 {}。需安装 {}（Debian、Ubuntu 的包名）。",
            library.file, library.package
        ),
        Lack::OpenGl => no_opengl(std::env::consts::OS),
    }
}

/// Nothing draws the window; `os` as in `std::env::consts::OS`.
fn no_opengl(os: &str) -> String {
    match os {
        "windows" => "无法打开窗口：没有可用的 OpenGL 2。需安装显卡驱动，或在远程会话、虚拟机之外启动。",
        "macos" => "无法打开窗口：没有可用的 OpenGL 2。请在虚拟机之外启动。",
        _ => "无法打开窗口：没有可用的 OpenGL。需安装 libgl1、libegl1 和 libgl1-mesa-dri（Debian、Ubuntu 的包名）。",
    }
    .to_owned()
}

/// The window did not open, and nobody knows why.
pub(super) fn no_window(os: &str) -> String {
    match os {
        "windows" | "macos" => "窗口未能打开。需要 OpenGL 2，由显卡驱动提供。设置 ONES_DROP_LOG=debug 可查看详情。",
        _ => "窗口未能打开。需要 X11 或 Wayland 显示以及 OpenGL 2（Debian：libx11-6 libx11-xcb1 libxcursor1 libxi6 libxrandr2 libxkbcommon-x11-0 libgl1 libegl1）。设置 ONES_DROP_LOG=debug 可查看详情。",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use crate::words::tests::names_packages_on_linux_only;

    #[test]
    fn packages_of_debian_are_named_where_they_can_be_installed() {
        names_packages_on_linux_only(super::no_opengl);
        names_packages_on_linux_only(super::no_window);
    }
}
