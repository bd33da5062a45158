//! Pictures as cameras make them, small.

/// A photo of 6 by 4 with a place written into it; `salt` makes it another one.
pub fn photo(salt: u8) -> Vec<u8> {
    let segment = |marker: u8, content: &[u8]| {
        let length = u16::try_from(content.len() + 2).expect("a short segment");
        [&[0xff, marker][..], &length.to_be_bytes(), content].concat()
    };
    [
        vec![0xff, 0xd8],
        segment(0xe1, b"Exif\0\0II*\0 GPS 6.5244N 3.3792E"),
        segment(0xdb, &[salt; 65]),
        segment(0xc0, &[8, 0, 4, 0, 6, 1, 1, 0x11, 0]),
        segment(0xda, &[1, 1, 0, 0, 63, 0]),
        vec![1, 2, 3, 0xff, 0xd9],
    ]
    .concat()
}
