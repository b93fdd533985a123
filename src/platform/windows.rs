//! What only Windows has: a console to borrow, a message where there is none,
//! and windows that run as administrator. Called by `main` and the window through `platform`.

#![allow(
    unsafe_code,
    reason = "all of it is only done by functions of the Win32 interface"
)]

use windows_sys::Win32::Foundation::{CloseHandle, HANDLE, INVALID_HANDLE_VALUE};
use windows_sys::Win32::Security::{
    GetTokenInformation, TOKEN_ELEVATION_TYPE, TOKEN_QUERY, TokenElevationType,
    TokenElevationTypeFull,
};
use windows_sys::Win32::System::Console::{
    ATTACH_PARENT_PROCESS, AttachConsole, GetStdHandle, STD_ERROR_HANDLE,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};
use windows_sys::Win32::UI::WindowsAndMessaging::{MB_ICONERROR, MB_OK, MessageBoxW};

/// Borrows the console of the terminal that started us. A program with windows
/// has none of its own; what is redirected to a file or pipe stays so.
pub fn attach_console() {
    // SAFETY: takes a plain number and touches no memory of ours. Started from
    // Explorer there is no console, and the call fails without effect.
    unsafe { AttachConsole(ATTACH_PARENT_PROCESS) };
}

/// Shows a text in a message of its own, if standard error leads nowhere:
/// started from Explorer the program would end without a word. Waits until the
/// message is closed.
pub fn complain_without_console(text: &str) {
    // SAFETY: takes a plain number; the handle is only compared.
    let handle = unsafe { GetStdHandle(STD_ERROR_HANDLE) };
    if !handle.is_null() && handle != INVALID_HANDLE_VALUE {
        return;
    }
    let wide = |text: &str| text.encode_utf16().chain([0]).collect::<Vec<u16>>();
    let (text, title) = (wide(text), wide("ONES Drop"));
    let owner = std::ptr::null_mut();
    // SAFETY: both texts end in a zero and live until the call returns.
    unsafe { MessageBoxW(owner, text.as_ptr(), title.as_ptr(), MB_OK | MB_ICONERROR) };
}

/// Whether this window runs with raised rights while the desktop does not:
/// Windows then keeps everything that is dragged out of Explorer from it.
#[must_use]
pub fn is_elevated() -> bool {
    let mut token: HANDLE = std::ptr::null_mut();
    // SAFETY: `token` is written only by the call, and closed below.
    if unsafe { OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &raw mut token) } == 0 {
        return false;
    }
    let mut kind: TOKEN_ELEVATION_TYPE = 0;
    let mut written = 0;
    let size = u32::try_from(size_of::<TOKEN_ELEVATION_TYPE>()).unwrap_or(0);
    // SAFETY: the buffer is `kind`, its size is the one given, and the token
    // is open.
    let told = unsafe {
        GetTokenInformation(
            token,
            TokenElevationType,
            (&raw mut kind).cast(),
            size,
            &raw mut written,
        )
    };
    // SAFETY: opened above and not used again.
    unsafe { CloseHandle(token) };
    // "Full": one half of a split sign-in. Where there is no other half (UAC is
    // off), Explorer has the same rights, and drops arrive.
    told != 0 && kind == TokenElevationTypeFull
}
