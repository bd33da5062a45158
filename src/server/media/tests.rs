//! Pictures with everything that phones write into them, and what is left of it.

use super::{MediaType, Unfit, clean};

const PLACE: &[u8] = b"GPS 6.5244N 3.3792E";

fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).expect("a short segment");
    [&[0xff, marker][..], &length.to_be_bytes(), content].concat()
}

/// EXIF as a phone writes it: which side is up, and a place.
fn exif(side: u8) -> Vec<u8> {
    let directory =
        [b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".as_slice(), &[side, 0, 0, 0, 0, 0, 0, 0]].concat();
    segment(0xe1, &[b"Exif\0\0".as_slice(), &directory, PLACE].concat())
}

/// The frame of a picture of 6 by 4, its tables, and a scan that holds a stuffed byte and a restart.
fn frame_and_scan() -> Vec<u8> {
    let frame = segment(0xc2, &[8, 0, 4, 0, 6, 1, 1, 0x11, 0]);
    let scan = segment(0xda, &[1, 1, 0, 0, 63, 0]);
    [segment(0xdb, &[0; 65]), frame, scan, vec![1, 0xff, 0, 2, 0xff, 0xd0, 3], segment(0xc4, &[9; 20])].concat()
}

fn jpeg(side: u8) -> Vec<u8> {
    let jfif = segment(0xe0, b"JFIF\0\x01\x02\0\0\x01\0\x01\x01\x01RGB");
    let others = [segment(0xe1, b"http://ns.adobe.com/xap/1.0/\0 GPS"), segment(0xed, PLACE), segment(0xfe, PLACE)];
    let profile = segment(0xe2, b"ICC_PROFILE\0\x01\x01colours");
    let other_pictures = segment(0xe2, b"MPF\0GPS");
    let second_scan = [segment(0xda, &[1, 1, 0, 0, 63, 0]), vec![7, 7]].concat();
    let end = [0xff, 0xff, 0xd9];
    [
        &[0xff, 0xd8][..],
        &jfif,
        &exif(side),
        &others.concat(),
        &profile,
        &other_pictures,
        &frame_and_scan(),
        &second_scan,
        &end,
        b"and a film with its GPS",
    ]
    .concat()
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn a_photo_loses_place_comments_and_hidden_pictures_and_keeps_what_is_seen() {
    let picture = clean(&jpeg(1)).expect("a photo");
    assert_eq!((picture.media_type, picture.width, picture.height), (MediaType::Jpeg, 6, 4));
    for gone in [b"GPS".as_slice(), b"Exif", b"adobe.com", b"MPF", b"RGB", b"film"] {
        assert!(!holds(&picture.bytes, gone), "{}", String::from_utf8_lossy(gone));
    }
    assert!(holds(&picture.bytes, b"ICC_PROFILE\0\x01\x01colours"));
    assert!(holds(&picture.bytes, &frame_and_scan()), "tables, frame and scan are as they were");
    assert!(picture.bytes.ends_with(&[7, 7, 0xff, 0xd9]), "and so is the last scan");
    assert_eq!(clean(&picture.bytes), Ok(picture.clone()), "what is clean stays as it is");
}

#[test]
fn a_photo_that_was_taken_sideways_is_shown_upright_and_says_no_more_than_that() {
    for (side, size) in [(1, (6, 4)), (3, (6, 4)), (6, (4, 6)), (8, (4, 6)), (9, (6, 4))] {
        let picture = clean(&jpeg(side)).expect("a photo");
        assert_eq!((picture.width, picture.height), size, "side {side}");
        assert_eq!(holds(&picture.bytes, b"Exif"), (2..=8).contains(&side), "side {side}");
        assert!(!holds(&picture.bytes, b"GPS"));
        assert_eq!(clean(&picture.bytes), Ok(picture.clone()), "side {side}");
    }
}

fn chunk(kind: &[u8], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).expect("a short chunk");
    [&length.to_be_bytes(), kind, content, b"crc!"].concat()
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let head = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 6, 0, 0, 0]].concat();
    [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(b"IHDR", &head),
        chunk(b"tEXt", PLACE),
        chunk(b"eXIf", PLACE),
        chunk(b"sRGB", &[0]),
        chunk(b"IDAT", b"picture"),
        chunk(b"iTXt", PLACE),
        chunk(b"IEND", b""),
        PLACE.to_vec(),
    ]
    .concat()
}

#[test]
fn a_drawing_loses_its_texts_and_whatever_follows_it() {
    let picture = clean(&png(30, 20)).expect("a drawing");
    assert_eq!((picture.media_type, picture.width, picture.height), (MediaType::Png, 30, 20));
    assert!(!holds(&picture.bytes, b"GPS") && holds(&picture.bytes, b"IDATpicture") && holds(&picture.bytes, b"sRGB"));
    assert_eq!(clean(&picture.bytes), Ok(picture.clone()));
}

/// A chunk of a file: its four letters and what it holds.
type Chunk<'a> = (&'a [u8; 4], &'a [u8]);

fn riff(chunks: &[Chunk<'_>]) -> Vec<u8> {
    let mut body = b"WEBP".to_vec();
    for (kind, content) in chunks {
        body.extend(kind.as_slice());
        body.extend(u32::try_from(content.len()).expect("a short chunk").to_le_bytes());
        body.extend(*content);
        body.extend(std::iter::repeat_n(0, content.len() % 2));
    }
    let length = u32::try_from(body.len()).expect("a short file");
    [b"RIFF".as_slice(), &length.to_le_bytes(), &body].concat()
}

#[test]
fn a_webp_of_each_kind_loses_exif_and_xmp_and_no_longer_announces_them() {
    let extended: [u8; 10] = [0x2c, 0, 0, 0, 5, 0, 0, 3, 0, 0];
    let lossy = [1, 2, 3, 0x9d, 1, 0x2a, 6, 0, 4, 0, 9];
    let cases: [(&[Chunk<'_>], bool); 3] = [
        (&[(b"VP8X", &extended), (b"ICCP", b"colours"), (b"VP8 ", &lossy), (b"EXIF", PLACE), (b"XMP ", b"GPS")], true),
        (&[(b"VP8 ", &lossy)], false),
        // 5 in the lowest fourteen bits and 3 in the next: one less than width and height.
        (&[(b"VP8L", &[0x2f, 5, 0xc0, 0, 0, 1]), (b"EXIF", PLACE)], false),
    ];
    for (chunks, has_flags) in cases {
        let picture = clean(&riff(chunks)).expect("a picture");
        assert_eq!((picture.media_type, picture.width, picture.height), (MediaType::Webp, 6, 4));
        assert!(!holds(&picture.bytes, b"GPS") && !holds(&picture.bytes, b"EXIF"));
        if has_flags {
            assert_eq!(picture.bytes[20], 0x20, "the colour profile alone is announced");
        }
        assert_eq!(clean(&picture.bytes), Ok(picture.clone()));
    }
}

#[test]
fn what_is_no_whole_picture_is_refused_wherever_it_breaks_off() {
    for other in
        [b"".as_slice(), b"GIF89a", b"<svg onload=alert(1)>", b"%PDF-1.7", b"MZ", &[0xff, 0xd8], b"RIFF\0\0\0\0WAVE"]
    {
        assert_eq!(clean(other), Err(Unfit::OtherKind), "{other:?}");
    }
    let photo = jpeg(6);
    let end = photo.len() - b"and a film with its GPS".len();
    let drawing = png(30, 20);
    let animation = riff(&[(b"VP8L", &[0x2f, 5, 0xc0, 0, 0, 1])]);
    for (whole, enough) in [(&photo, end), (&drawing, drawing.len() - PLACE.len()), (&animation, animation.len())] {
        for length in 12..enough {
            assert!(clean(&whole[..length]).is_err(), "{length} of {enough} bytes");
        }
        assert!(clean(&whole[..enough]).is_ok());
        // A byte that was changed on the way may spoil the picture, and nothing else.
        for at in 0..enough {
            for value in [0, 0x7f, 0xff] {
                let mut spoilt = whole.clone();
                spoilt[at] = value;
                let _ = clean(&spoilt);
            }
        }
    }
}

#[test]
fn pictures_that_would_fill_a_phone_are_refused() {
    for (width, height) in [(0, 5), (5, 0), (50_000, 50_000), (u32::MAX, u32::MAX)] {
        assert_eq!(clean(&png(width, height)), Err(Unfit::TooLarge), "{width} by {height}");
    }
}
