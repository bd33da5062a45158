//! The words of which made-up orders are made: shops, people, goods, and what people say about them.

use crate::domain::order::RejectCode;

/// A shop: its name, the marketplace's number for it, and who answers there. The first two belong to the demo people.
pub const SHOPS: [(&str, &str, &str); 8] = [
    ("Ada Stores", "S-001", "Ada Obi"),
    ("Kano Leather", "S-002", "Kabir Musa"),
    ("Yaba Phones", "S-003", "Emeka Udo"),
    ("Ibadan Looms", "S-004", "Folake Ajayi"),
    ("Aba Shoe Works", "S-005", "Nnamdi Eze"),
    ("Jos Plateau Farms", "S-006", "Hauwa Danjuma"),
    ("Calabar Books", "S-007", "Ekaette Bassey"),
    ("Lekki Home", "S-008", "Tolu Balogun"),
];

/// Goods with the least and most that they cost, in naira.
pub const GOODS: [(&str, i64, i64); 48] = [
    ("Wireless earbuds", 12_000, 45_000),
    ("Phone case, clear", 2_500, 6_000),
    ("Power bank 20,000 mAh", 14_000, 32_000),
    ("USB-C cable, 2 m", 1_800, 4_500),
    ("Smart watch", 25_000, 90_000),
    ("Bluetooth speaker", 15_000, 60_000),
    ("Laptop stand", 9_000, 24_000),
    ("Mechanical keyboard", 28_000, 75_000),
    ("Desk lamp with dimmer", 8_500, 19_000),
    ("Rechargeable fan", 18_000, 48_000),
    ("Electric kettle 1.7 l", 9_500, 21_000),
    ("Blender with grinder", 16_000, 42_000),
    ("Non-stick pan 28 cm", 7_500, 18_000),
    ("Set of six glasses", 4_500, 11_000),
    ("Stainless cooking pots, set of five", 24_000, 68_000),
    ("Gas burner, two plates", 19_000, 46_000),
    ("Leather handbag", 22_000, 85_000),
    ("Leather belt, brown", 6_000, 16_000),
    ("Card wallet", 4_500, 12_000),
    ("Travel bag, 45 l", 18_000, 52_000),
    ("Leather sandals", 9_500, 26_000),
    ("Canvas trainers", 14_000, 38_000),
    ("Office shoes, black", 21_000, 64_000),
    ("Adire wrap, indigo", 12_000, 34_000),
    ("Ankara fabric, six yards", 10_500, 28_000),
    ("Aso oke cap", 5_500, 15_000),
    ("Cotton shirt, long sleeves", 8_000, 22_000),
    ("Rain jacket", 13_000, 37_000),
    ("School backpack", 9_000, 25_000),
    ("Baby carrier", 15_000, 41_000),
    ("Wooden building blocks", 7_000, 17_000),
    ("Football, size 5", 6_500, 18_000),
    ("Yoga mat", 7_500, 20_000),
    ("Dumbbells, 2 × 5 kg", 14_000, 33_000),
    ("Mosquito net, double", 5_000, 13_000),
    ("Bed sheet set, king size", 13_500, 39_000),
    ("Curtains, two panels", 12_000, 36_000),
    ("Solar lantern", 8_000, 23_000),
    ("Inverter battery 100 Ah", 95_000, 190_000),
    ("Solar panel 150 W", 68_000, 140_000),
    ("Honey, 1 kg", 4_000, 9_500),
    ("Roasted coffee, 500 g", 4_800, 11_500),
    ("Shea butter, 500 g", 2_800, 7_500),
    ("Palm oil, 5 l", 8_500, 17_000),
    ("Novel, paperback", 3_500, 8_500),
    ("Secondary school atlas", 5_000, 12_000),
    ("Notebook, hard cover", 2_000, 5_500),
    ("Fountain pen", 6_000, 24_000),
];

/// Projects, with the titles of their milestones.
pub const PROJECTS: [(&str, &str, &str); 4] = [
    ("Kitchen cabinet: drawings", "Kitchen cabinet: carcass and doors", "Kitchen cabinet: fitting"),
    ("Shop sign: design", "Shop sign: letters and light", "Shop sign: mounting"),
    ("Website: first draft", "Website: all pages", "Website: launch"),
    ("School uniforms: samples", "School uniforms: first hundred", "School uniforms: the rest"),
];

/// Given names.
pub const GIVEN: [&str; 32] = [
    "Aisha", "Amaka", "Bayo", "Bolanle", "Chinedu", "Damilola", "Efe", "Emeka", "Fatima", "Funke", "Grace", "Halima",
    "Ibrahim", "Ifeoma", "Jide", "Kemi", "Kunle", "Lola", "Musa", "Ngozi", "Obinna", "Ola", "Peter", "Rahila", "Sade",
    "Seun", "Simi", "Tayo", "Uche", "Yemi", "Yusuf", "Zainab",
];

/// Family names.
pub const FAMILY: [&str; 32] = [
    "Abubakar",
    "Adebayo",
    "Adeleke",
    "Afolabi",
    "Akpan",
    "Aliyu",
    "Anyanwu",
    "Bello",
    "Chukwu",
    "Danladi",
    "Effiong",
    "Eze",
    "Garba",
    "Ibe",
    "Igwe",
    "Ishola",
    "Kalu",
    "Lawal",
    "Mohammed",
    "Nwachukwu",
    "Obi",
    "Ogundele",
    "Ojo",
    "Okafor",
    "Okoro",
    "Olawale",
    "Onyeka",
    "Sani",
    "Suleiman",
    "Udoh",
    "Umar",
    "Williams",
];

/// Why goods are rejected.
pub const REJECTIONS: [(RejectCode, &str); 8] = [
    (RejectCode::Damaged, "The box was crushed and the item inside is cracked."),
    (RejectCode::Damaged, "It does not switch on, whatever I try."),
    (RejectCode::WrongItem, "I ordered the black one and got a brown one."),
    (RejectCode::WrongItem, "This is a size smaller than I chose."),
    (RejectCode::NotAsDescribed, "The picture shows leather; this is plastic."),
    (RejectCode::NotAsDescribed, "It is used: there are scratches and no seal."),
    (RejectCode::Incomplete, "Two pieces of the set are missing."),
    (RejectCode::TooLate, "The party was on Saturday; it came on Tuesday."),
];

/// Why orders are called off.
pub const CANCELLATIONS: [&str; 5] = [
    "I found it nearer to home.",
    "Ordered twice by mistake.",
    "The wrong address was chosen.",
    "No longer needed.",
    "The delivery would come too late for me.",
];

/// Why a seller calls an order off.
pub const OUT_OF_STOCK: [&str; 3] =
    ["The last piece was sold in the shop.", "Our supplier cannot deliver this month.", "The colour is out of stock."];

/// What a seller says against a rejection.
pub const STATEMENTS: [&str; 4] = [
    "It left our shop new and sealed; the courier's photo shows it whole.",
    "The size on the label is the size that was ordered.",
    "The listing says what it is made of, in the second line.",
    "All pieces were counted by two people before it was closed.",
];

/// Remarks.
pub const NOTES: [&str; 5] = [
    "Please call before you come.",
    "The gate is the green one beside the pharmacy.",
    "Leave it with the security desk.",
    "A receipt in the company's name, please.",
    "Wrapped as a gift, as asked.",
];

/// Why an operator rules as they do.
pub const RULINGS: [&str; 3] = [
    "The photos show what the buyer says, and the listing says otherwise.",
    "The buyer used the goods for a week before rejecting them.",
    "Both have a point: the fault is real and small.",
];
