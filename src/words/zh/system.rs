//! Chinese for what a system lacks: one line that ends in the remedy.

use crate::model::Lack;

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
        Lack::OpenGl => "无法打开窗口：没有可用的 OpenGL。需安装 libgl1、libegl1 和 libgl1-mesa-dri（Debian、Ubuntu 的包名）。".to_owned(),
    }
}
