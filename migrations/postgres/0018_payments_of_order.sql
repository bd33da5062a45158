-- What gateways told of an order's payments, for whoever compares it with the order's timeline.
create index gateway_callbacks_of_order on gateway_callbacks (order_id, gateway, callback_id);
