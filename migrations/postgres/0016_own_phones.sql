-- A person's phone number is the one that they gave themselves. Those that a shop typed when it named them stand beside their orders
-- (`recipients`), where they always were as well.
update users set phone = '' where password_hash = '';
