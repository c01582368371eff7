# What is changed after the first apply: at least one setting of each resource.
minimum_length        = 14
email_subject         = "Your code for the shop"
recovery              = ["admin_only"]
tags                  = { Team = "accounts", Owner = "ada" }
more_attributes       = ["newsletter"]
access_token_minutes  = 20
callback_urls         = ["https://shop.example.com/signed-in", "https://shop.example.com/app"]
grace_seconds         = 30
scopes                = { read = "See orders", write = "Place orders" }
group_description     = "Who may see and place orders"
user_attributes       = { email = "ada@example.org", email_verified = "true", tenant = "north", credit = "10" }
user_enabled          = false
managed_login_version = 2
